/** Encoder of a response to be stored. The response is stored before its last event is written, which says whether that worked. */
import type { CollectedAnswer } from '../../completion/collect.js';
import type { CompletionEvent } from '../../completion/event.js';
import type { ApiError } from '../../vocabulary/errors.js';
import type { AnswerEncoder, AnswerHead } from '../protocol.js';
import { type AskedResponse, ResponseEncoder } from './encoder.js';

export class KeptResponseEncoder implements AnswerEncoder {
  readonly #encoder: ResponseEncoder;

  constructor(
    head: AnswerHead,
    asked: AskedResponse,
    private readonly keep: NonNullable<AnswerHead['keep']>,
  ) {
    this.#encoder = new ResponseEncoder(head, asked);
  }

  encode(events: readonly CompletionEvent[]): string | Promise<string> {
    return events.at(-1)?.type === 'finish' ? this.#finish(events) : this.#encoder.encode(events);
  }

  fail(error: ApiError): string {
    return this.#encoder.fail(error);
  }

  async whole(answer: CollectedAnswer): Promise<object> {
    const response = this.#encoder.whole(answer);
    return { ...response, store: await this.keep(response) };
  }

  async #finish(events: readonly CompletionEvent[]): Promise<string> {
    const before = this.#encoder.encode(events.slice(0, -1));
    const last = events.at(-1);
    if (last?.type !== 'finish') return before;
    const { text, closed } = this.#encoder.close(last.reason);
    return before + text + this.#encoder.end(closed, await this.keep(closed.response));
  }
}
