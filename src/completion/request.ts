/** What is asked of a model, in words that every client protocol and every upstream can be translated to. */
import type { Effort, ModelInfo } from './model-info.js';

/** A conversation so far. Contents of text parts alone are joined by line ends; parts are kept where an image is among them. */
export type Message =
  | { readonly role: 'system'; readonly content: string }
  | { readonly role: 'user'; readonly content: string | readonly ContentPart[] }
  | AssistantMessage
  | ToolMessage;

/** The result of a call. Images stand where the tool gave them; upstreams call `moveImages` or `omitImages` (images.ts). */
export interface ToolMessage {
  readonly role: 'tool';
  readonly callId: string;
  readonly content: string | readonly ContentPart[];
}

export interface AssistantMessage {
  readonly role: 'assistant';
  /** Empty where the message is calls only. */
  readonly content: string;
  /** What it thought, where the client sends it back. */
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
  /** The newest user message attaches it: a model that cannot read it refuses the request. */
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

/** `required`: some tool. A name: that one. */
export type ToolChoice = 'auto' | 'none' | 'required' | { readonly name: string };

/** Undefined means: the client said nothing, so nothing is sent and the model's own default holds. */
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
  /** Texts at which the answer ends, themselves left out. Honoured by the gateway, whatever the upstream takes. */
  readonly stop: readonly string[];
  /** The client is told at which of them it ended: an upstream that stops by itself would not say. */
  readonly stopIsTold?: boolean;
  readonly responseFormat: ResponseFormat;
  /** An earlier answer did not fit: the format is told in words, even to an upstream that enforces it. */
  readonly formatInWords?: boolean;
  /** Empty: none. */
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice;
  /** Settings of Z.ai's own web search, as the client wrote them; other upstreams have none. */
  readonly webSearch?: Readonly<Record<string, unknown>> | undefined;
  /** False: at most one call in an answer. Honoured by the gateway. */
  readonly parallelToolCalls: boolean;
  /** The client's own id of its end user, passed on where the upstream has a place for it. */
  readonly user?: string | undefined;
}

/** What every client protocol's parser gives: the request before its model is looked up. */
export interface ClientRequest extends Omit<CompletionRequest, 'model'> {
  /** As the client named it. */
  readonly model: string;
  /** Undefined: the client left it out, and the gateway decides. */
  readonly stream: boolean | undefined;
  /** By which the client itself tells its conversations apart. */
  readonly conversationId: string | undefined;
  /** Weaker: what agents send along with every turn of a session. */
  readonly sessionId: string | undefined;
}

/** The words of a message, images left out. */
export function getText({ content }: Message): string {
  if (typeof content === 'string') return content;
  return content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
}

export function listImages(messages: readonly Message[]): ImagePart[] {
  return messages.flatMap(({ content }) =>
    typeof content === 'string' ? [] : content.filter((part) => part.type === 'image'),
  );
}

/** Text parts alone are one text: what most upstreams like best, and what a conversation is recognized by. */
export function joinParts(parts: readonly ContentPart[]): string | readonly ContentPart[] {
  if (parts.some((part) => part.type === 'image')) return parts;
  return parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
}

/** The messages with an instruction of the gateway's own, at the end of the first system message. */
export function withInstruction(messages: readonly Message[], instruction: string): readonly Message[] {
  const first = messages[0];
  if (first?.role !== 'system') return [{ role: 'system', content: instruction }, ...messages];
  return [{ ...first, content: `${first.content}\n\n${instruction}`.trim() }, ...messages.slice(1)];
}
