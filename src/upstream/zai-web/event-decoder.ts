/** Decodes the events of the web protocol: envelope, phases, edits, errors in three places, usage, end. */
import type { CompletionEvent, FinishReason, Usage } from '../../completion/event.js';
import { UpstreamError } from '../../vocabulary/errors.js';
import { readFinish } from '../finish-reasons.js';
import { asCount, asObject, asText, type JsonObject, parseJson } from '../json.js';
import type { EventDecoder } from '../read-events.js';
import type { ServedModelObserver } from '../upstream.js';
import { failedFinishError, truncatedError } from '../upstream-errors.js';
import { parseUsage } from '../usage.js';
import { Document } from './document.js';
import { inStreamError } from './errors.js';
import type { Phase } from './markup-reader.js';

const PHASES: Readonly<Record<string, Phase>> = {
  thinking: 'thinking',
  answer: 'answer',
  other: 'other',
  done: 'other',
};

export class WebEventDecoder implements EventDecoder {
  ended = false;
  /** The finish reason has come: the end event, which says no more, is not waited for long. */
  complete = false;
  readonly #document = new Document();
  #phase: Phase = 'answer';
  #usage: Usage | undefined;
  #reason: FinishReason = 'stop';
  /** Something was shown to the client, be it only reasoning. */
  #answered = false;
  #events = 0;
  #unreadable = 0;

  /** `served` observes the model that the summary event names. */
  constructor(private readonly served?: ServedModelObserver) {}

  decode(data: string, events: CompletionEvent[]): void {
    if (data.length < 100 && data.trim() === '[DONE]') {
      this.ended = true;
      return;
    }
    const json = parseJson(data);
    const envelope = asObject(json);
    if (envelope === undefined) {
      // An empty frame loses nothing.
      if (json === undefined && data.trim() !== '' && !this.complete) this.#unreadable += 1;
      return;
    }
    this.#events += 1;
    const body = asObject(envelope.data) ?? {};
    // The trailing event repeats the whole state after the end: only its usage is of interest.
    if (!this.ended) this.#decodeBody(envelope, body, events);
    this.#usage = parseUsage(body.usage) ?? this.#usage;
  }

  finish(events: CompletionEvent[]): void {
    if (!this.ended && !this.complete)
      throw this.#events + this.#unreadable === 0 ? emptyBodyError() : truncated();
    this.#show(this.#document.end(), events);
    if (this.#unreadable > 0)
      throw truncated('One of the upstream’s events could not be read, so a part is missing.');
    if (!this.#answered) throw emptyAnswerError();
    if (this.#usage) events.push({ type: 'usage', usage: this.#usage });
    events.push({ type: 'finish', reason: this.#reason });
  }

  #decodeBody(envelope: JsonObject, body: JsonObject, events: CompletionEvent[]): void {
    this.#decodeText(body, events);
    // An error event says `done` as well: looked at first, or a failure would pass for a short answer.
    const error = inStreamError(envelope);
    if (error && !this.complete) throw error;
    const choice = Array.isArray(body.choices) ? asObject(body.choices[0]) : undefined;
    if (choice && typeof body.model === 'string') this.served?.observe(body.model);
    const finish = choice && readFinish(choice);
    if (finish !== undefined && 'failure' in finish) throw failedFinishError(finish.failure);
    if (finish !== undefined) {
      this.#reason = finish.reason;
      this.complete = true;
    }
    if (body.done === true) this.ended = true;
  }

  #decodeText(body: JsonObject, events: CompletionEvent[]): void {
    const phase = asText(body.phase);
    if (phase !== undefined) this.#phase = PHASES[phase] ?? 'hidden';
    const index = asCount(body.edit_index);
    const content = asText(body.edit_content);
    if (index !== undefined && content !== undefined)
      this.#show(this.#document.edit(index, content, this.#phase), events);
    const delta = asText(body.delta_content);
    if (delta) this.#show(this.#document.append(delta, this.#phase), events);
  }

  #show(news: CompletionEvent[], events: CompletionEvent[]): void {
    for (const event of news) {
      if ('text' in event && event.text !== '') this.#answered = true;
      events.push(event);
    }
  }
}

function truncated(
  message = 'The upstream’s answer ended without its end event; a part may be missing.',
): UpstreamError {
  return truncatedError(message);
}

function emptyBodyError(): UpstreamError {
  return new UpstreamError('The upstream answered 200 without a single event.', { code: 'upstream_empty' });
}

function emptyAnswerError(): UpstreamError {
  return new UpstreamError('The upstream finished without any text.', { code: 'upstream_empty' });
}
