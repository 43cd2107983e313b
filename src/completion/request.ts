/** The neutral request, from which every upstream's request is made and to which every client protocol is translated. */
import type { Effort, ModelInfo } from './model-info.js';

/** One message of a conversation. Text parts are joined by line breaks; parts are kept only if an image is among them. */
export type Message =
  | { readonly role: 'system'; readonly content: string }
  | { readonly role: 'user'; readonly content: string | readonly ContentPart[] }
  | AssistantMessage
  | ToolMessage;

/** The result of a call. Images stay where the tool put them; upstreams call `moveImages` or `omitImages` (images.ts). */
export interface ToolMessage {
  readonly role: 'tool';
  readonly callId: string;
  readonly content: string | readonly ContentPart[];
}

export interface AssistantMessage {
  readonly role: 'assistant';
  /** Empty if the message has only calls. */
  readonly content: string;
  /** The model's reasoning, if the client sends it back. */
  readonly reasoning?: string | undefined;
  readonly toolCalls?: readonly ToolCall[] | undefined;
}

export type ContentPart = { readonly type: 'text'; readonly text: string } | ImagePart;

export interface ImagePart {
  readonly type: 'image';
  /** `data:image/…` or `http(s)://…`; never fetched by the gateway. */
  readonly url: string;
  readonly detail?: string | undefined;
  /** Where the client wrote it: `messages[0].content[1].image_url.url`. */
  readonly param: string;
  /** Set if the newest user message attaches it: then a model that cannot read images rejects the request. */
  readonly attached?: true;
}

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** JSON, as the model wrote it: it need not be valid. */
  readonly arguments: string;
}

/** A function that the client runs for the model. */
export interface Tool {
  readonly name: string;
  readonly description?: string | undefined;
  /** JSON Schema of its arguments. */
  readonly parameters?: JsonSchema | undefined;
}

export type JsonSchema = Readonly<Record<string, unknown>>;

/** `required` means any tool, a name means that one. */
export type ToolChoice = 'auto' | 'none' | 'required' | { readonly name: string };

/** A member is `undefined` when the client left it out; it is not sent, and the model's default applies. */
export interface Sampling {
  readonly temperature?: number | undefined;
  readonly topP?: number | undefined;
  readonly topK?: number | undefined;
  readonly minP?: number | undefined;
  readonly maxTokens?: number | undefined;
  readonly seed?: number | undefined;
  readonly presencePenalty?: number | undefined;
  readonly frequencyPenalty?: number | undefined;
  readonly repetitionPenalty?: number | undefined;
  readonly logitBias?: Readonly<Record<string, number>> | undefined;
}

export type ResponseFormat = { readonly type: 'text' } | { readonly type: 'json_object' } | JsonSchemaFormat;

export interface JsonSchemaFormat {
  readonly type: 'json_schema';
  readonly name: string;
  readonly schema: JsonSchema;
  /** As the client sent it, for upstreams that distinguish. */
  readonly strict?: boolean | undefined;
  /** Where the client wrote the schema: `response_format.json_schema.schema`. */
  readonly param: string;
}

/** A model as it was looked up for one request. */
export interface RequestedModel {
  /** At the upstream. */
  readonly id: string;
  /** Public name. */
  readonly name: string;
  /** `undefined` when nothing is known of it. */
  readonly info?: ModelInfo | undefined;
}

export interface CompletionRequest {
  readonly model: RequestedModel;
  readonly messages: readonly Message[];
  readonly thinking: boolean;
  /**
   * The level that the client asked for; `undefined` when it named none. `thinking` is false for `none`, and may be for other
   * levels: these then hold for models that always think.
   */
  readonly effort?: Effort | undefined;
  /** False keeps the reasoning of earlier turns (Z.ai's `thinking.clear_thinking`); `undefined` when the client named none. */
  readonly clearThinking?: boolean | undefined;
  readonly sampling: Sampling;
  /** Texts at which the answer ends; they are left out of it. Applied by the gateway for every upstream. */
  readonly stop: readonly string[];
  /** The client is told which stop text ended the answer, which upstreams do not report. */
  readonly stopIsTold?: boolean;
  readonly responseFormat: ResponseFormat;
  /** An earlier answer did not fit: the format is put into the prompt, even for an upstream that enforces it. */
  readonly formatInWords?: boolean;
  /** Empty when there are none. */
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice;
  /** Settings of Z.ai's own web search, as the client wrote them; other upstreams have none. */
  readonly webSearch?: Readonly<Record<string, unknown>> | undefined;
  /** False limits an answer to one call. Applied by the gateway. */
  readonly parallelToolCalls: boolean;
  /** The client's id of its end user, passed on if the upstream has a field for it. */
  readonly user?: string | undefined;
}

/** The result of every client protocol's parser: the request before its model is looked up. */
export interface ClientRequest extends Omit<CompletionRequest, 'model'> {
  /** As the client named it. */
  readonly model: string;
  /** `undefined` when the client left it out: then the gateway decides. */
  readonly stream: boolean | undefined;
  /** The client's own id of the conversation. */
  readonly conversationId: string | undefined;
  /** An id that agents send with every turn of a session; used if there is no `conversationId`. */
  readonly sessionId: string | undefined;
  /** It may wait behind others: OpenAI's `service_tier: "flex"`. */
  readonly isFlexible?: boolean;
}

/** Returns the text of a message, without images. */
export function getText({ content }: Message): string {
  if (typeof content === 'string') return content;
  return content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
}

export function listImages(messages: readonly Message[]): ImagePart[] {
  return messages.flatMap(({ content }) =>
    typeof content === 'string' ? [] : content.filter((part) => part.type === 'image'),
  );
}

/** Joins parts to one text if no image is among them: most upstreams prefer that, and conversations are recognized by it. */
export function joinParts(parts: readonly ContentPart[]): string | readonly ContentPart[] {
  if (parts.some((part) => part.type === 'image')) return parts;
  return parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
}

/** Adds an instruction of the gateway at the end of the first system message. */
export function withInstruction(messages: readonly Message[], instruction: string): readonly Message[] {
  const first = messages[0];
  if (first?.role !== 'system') return [{ role: 'system', content: instruction }, ...messages];
  return [{ ...first, content: `${first.content}\n\n${instruction}`.trim() }, ...messages.slice(1)];
}
