/** A client protocol: a parser of requests, and an encoder for each answer. Pure: ids and the clock are passed in. */
import type { CollectedAnswer } from '../completion/collect.js';
import type { CompletionEvent } from '../completion/event.js';
import type { ClientRequest } from '../completion/request.js';
import type { ApiError } from '../vocabulary/errors.js';
import type { Recalled } from './openai-responses/references.js';

/** Identity of an answer. */
export interface AnswerHead {
  /** Unique; each protocol adds its own prefix. */
  readonly uuid: string;
  /** Unix seconds. */
  readonly created: number;
  /** Current time in Unix seconds; `created` is used if it is left out. */
  readonly now?: () => number;
  /** The model's name in the request. */
  readonly model: string;
  readonly requestId: string;
  /** Stores the finished response and resolves to whether that worked; `undefined` if it is not to be stored. */
  readonly keep?: ((response: object) => Promise<boolean>) | undefined;
}

/** Encodes one answer in the client's protocol, streaming or non-streaming. */
export interface AnswerEncoder {
  /**
   * Encodes the events of one network read as one text. The first call opens the stream; a `finish` event closes it, by a promise
   * if the response is stored first.
   */
  encode(events: readonly CompletionEvent[]): string | Promise<string>;
  /** Encodes an error within the stream, on which the protocol's clients throw, and ends the stream. */
  fail(error: ApiError): string;
  /** Sent while the upstream is silent; `: keep-alive` comments for protocols without it. */
  keepAlive?(): string;
  /** The body of a whole answer. */
  whole(answer: CollectedAnswer): object | Promise<object>;
}

/** Status and body of an error response. */
export interface ErrorFormat {
  status(error: ApiError): number;
  body(error: ApiError, requestId: string): object;
}

export interface ClientProtocol<Asked extends ClientRequest = ClientRequest> {
  /**
   * Throws an ApiError that names the field at fault. `enableThinking` is the default for requests that do not say whether the model
   * thinks. `recalled` are the stored items that the body refers to, `undefined` if none were looked up.
   */
  parse(body: unknown, enableThinking: boolean, recalled?: Recalled): Asked;
  encoder(head: AnswerHead, asked: Asked): AnswerEncoder;
  /** Whether it has a field of its own for thinking; THINKING_OUTPUT then decides only whether thinking is shown. */
  readonly thinkingApart?: boolean;
  /** Whether its requests can refer to earlier responses, which are stored for this. */
  readonly keepsResponses?: boolean;
}
