/** What a client protocol is: a parser of requests, and an encoder for each answer. Pure: ids and the clock are handed in. */
import type { CollectedAnswer } from '../completion/collect.js';
import type { CompletionEvent } from '../completion/event.js';
import type { ClientRequest } from '../completion/request.js';
import type { ApiError } from '../vocabulary/errors.js';
import type { Recalled } from './openai-responses/references.js';

/** What an answer is called. */
export interface AnswerHead {
  /** Unique; each protocol puts its own prefix before it. */
  readonly uuid: string;
  /** Unix seconds. */
  readonly created: number;
  /** Unix seconds at the time of the call; `created` stands for it where it is left out. */
  readonly now?: () => number;
  /** The model as the client named it. */
  readonly model: string;
  readonly requestId: string;
  /** Keeps the finished response and resolves whether it is kept. `undefined` when it is not to be kept. */
  readonly keep?: ((response: object) => Promise<boolean>) | undefined;
}

/** One answer in a client's protocol: either its stream, or the whole. */
export interface AnswerEncoder {
  /**
   * The events of one network read as one text. The first call opens the stream; `finish` gives all that closes it,
   * by a promise where the response is kept first.
   */
  encode(events: readonly CompletionEvent[]): string | Promise<string>;
  /** An error after the stream has begun: what makes the protocol's clients throw, and ends the stream. */
  fail(error: ApiError): string;
  /** Sent while the upstream is silent; `: keep-alive` comments where a protocol has nothing of its own. */
  keepAlive?(): string;
  /** The body of a whole answer. */
  whole(answer: CollectedAnswer): object | Promise<object>;
}

/** How clients are told of an error that is the whole response. */
export interface ErrorFormat {
  status(error: ApiError): number;
  body(error: ApiError, requestId: string): object;
}

export interface ClientProtocol<Asked extends ClientRequest = ClientRequest> {
  /**
   * Throws an ApiError that names the field at fault. `enableThinking` holds where the client says nothing. `recalled` is
   * what the body refers to, `undefined` when nothing was looked up.
   */
  parse(body: unknown, enableThinking: boolean, recalled?: Recalled): Asked;
  encoder(head: AnswerHead, asked: Asked): AnswerEncoder;
  /** It has a place of its own for thinking: THINKING_OUTPUT says only whether it is shown. */
  readonly thinkingApart?: boolean;
  /** Its requests can refer to earlier responses, so that those are kept. */
  readonly keepsResponses?: boolean;
}
