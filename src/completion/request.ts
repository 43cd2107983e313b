/** What is asked of a model, in words that every client protocol and every upstream can be translated to. */

export interface Message {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

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

export interface CompletionRequest {
  /** The model's id at the upstream, and the name that clients see. */
  readonly model: { readonly id: string; readonly name: string };
  readonly messages: readonly Message[];
  readonly thinking: boolean;
  readonly sampling: Sampling;
  /** Texts at which the answer ends, themselves left out. Honoured by the gateway, whatever the upstream takes. */
  readonly stop: readonly string[];
  readonly responseFormat: 'text' | 'json_object';
  /** The client's own id of its end user, passed on where the upstream has a place for it. */
  readonly user?: string | undefined;
}
