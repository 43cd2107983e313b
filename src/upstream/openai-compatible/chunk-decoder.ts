/** Decodes chat.completion chunks, and whole completions, as Z.ai, BigModel and self-hosted servers send them. */
import type { CompletionEvent, FinishReason, Source, Usage } from '../../completion/event.js';
import { UpstreamError } from '../../vocabulary/errors.js';
import { findError } from '../error-fields.js';
import { readFinish } from '../finish-reasons.js';
import { asError, asObject, asText, type JsonObject, parseJson } from '../json.js';
import type { EventDecoder } from '../read-events.js';
import type { ServedModelObserver } from '../upstream.js';
import { quoteUpstream, truncatedError } from '../upstream-errors.js';
import { parseUsage } from '../usage.js';
import { readDelta } from './delta.js';
import { failedFinish, inStreamError } from './error-codes.js';
import { splitFrames } from './glued-frames.js';
import { ToolCallDecoder } from './tool-call-decoder.js';

const DONE = '[DONE]';

export class ChunkDecoder implements EventDecoder {
  ended = false;
  #usage: Usage | undefined;
  #reason: FinishReason | undefined;
  /** Chunks that were part of an answer. */
  #parts = 0;
  #hasDeltas = false;
  #hasShown = false;
  #isPartLost = false;
  /** What arrived in place of a chunk, described. */
  #words = '';
  #id: string | undefined;
  /** By address; Z.ai may tell them in several chunks. */
  #sources: Map<string, Source> | undefined;
  readonly #calls: ToolCallDecoder;

  /**
   * `newId` names calls to which the upstream gave no id, or one twice. `served` observes once, the first model that a
   * chunk names.
   */
  constructor(
    newId: () => string,
    private served?: ServedModelObserver,
  ) {
    this.#calls = new ToolCallDecoder(newId);
  }

  get complete(): boolean {
    return this.#reason !== undefined;
  }

  decode(data: string, events: CompletionEvent[]): void {
    if (this.ended) return;
    if (data === DONE) {
      this.ended = true;
      return;
    }
    const json = parseJson(data);
    const chunk = asObject(Array.isArray(json) ? json[0] : json);
    if (chunk !== undefined) this.#decodeChunk(chunk, events);
    else if (json === undefined) this.#decodeUnreadable(data.trim(), events);
    if (events.length > 0) this.#hasShown = true;
  }

  finish(events: CompletionEvent[]): void {
    if (this.#parts === 0 && !this.#isPartLost) {
      const message = `The upstream answered 200 without any part of an answer. ${quoteUpstream(this.#words)}`;
      throw new UpstreamError(message.trim(), { code: 'upstream_empty' });
    }
    // The finish reason is the end as well: some servers close the body after it without `[DONE]`.
    if (this.#isPartLost || (!this.ended && this.#reason === undefined)) {
      const message = `The upstream’s answer ended before its end; a part is missing. ${quoteUpstream(this.#words)}`;
      throw truncatedError(message.trim());
    }
    this.#calls.end(events);
    if (this.#sources) events.push({ type: 'sources', sources: [...this.#sources.values()] });
    if (this.#usage) events.push({ type: 'usage', usage: this.#usage });
    events.push({ type: 'finish', reason: this.#reason ?? 'stop' });
  }

  #tellModel({ model }: JsonObject): void {
    if (typeof model !== 'string' || model === '') return;
    this.served?.observe(model);
    this.served = undefined;
  }

  #decodeChunk(chunk: JsonObject, events: CompletionEvent[]): void {
    const choice = Array.isArray(chunk.choices) ? asObject(chunk.choices[0]) : undefined;
    // Nearly all chunks have a choice and no error. After the finish reason only usage matters.
    if ((choice === undefined || chunk.error || choice.error) && this.#reason === undefined) {
      const error = findError(chunk, choice !== undefined) ?? asError(choice?.error);
      if (error) throw inStreamError(error);
    }
    this.#id ??= asText(chunk.id);
    if (this.served) this.#tellModel(chunk);
    // Usage first: a failure told by the finish reason ends the answer.
    this.#usage = parseUsage(chunk.usage) ?? this.#usage;
    if (Array.isArray(chunk.web_search)) this.#decodeSources(chunk.web_search);
    if (choice) this.#decodeChoice(choice, events);
  }

  #decodeSources(hits: readonly unknown[]): void {
    for (const hit of hits) {
      const { link, title } = asObject(hit) ?? {};
      const url = asText(link);
      if (url === undefined) continue;
      this.#sources ??= new Map();
      this.#sources.set(url, { url, title: asText(title) ?? url });
    }
  }

  #decodeChoice(choice: JsonObject, events: CompletionEvent[]): void {
    this.#parts += 1;
    const delta = this.#deltaOf(choice);
    if (delta) this.#decodeDelta(delta, events);
    const finish = readFinish(choice);
    if (finish === undefined) return;
    if ('reason' in finish) this.#reason = finish.reason;
    else if (this.#reason === undefined) throw failedFinish(finish);
  }

  /** A whole completion has a message instead. Beside deltas, a message repeats them. */
  #deltaOf(choice: JsonObject): JsonObject | undefined {
    const delta = asObject(choice.delta);
    if (delta === undefined) return this.#hasDeltas ? undefined : asObject(choice.message);
    this.#hasDeltas = true;
    return delta;
  }

  #decodeDelta(delta: JsonObject, events: CompletionEvent[]): void {
    const { text, reasoning } = readDelta(delta);
    if (reasoning !== '') this.#calls.between({ type: 'reasoning-delta', text: reasoning }, events);
    if (text !== '') this.#calls.between({ type: 'text-delta', text }, events);
    if (Array.isArray(delta.tool_calls)) this.#calls.decode(delta.tool_calls, events);
    // The form before there were several calls.
    else if (delta.function_call) this.#calls.decode([{ function: delta.function_call }], events);
  }

  /** Frames that say nothing are ignored, glued ones taken apart; of anything else a part is lost. */
  #decodeUnreadable(data: string, events: CompletionEvent[]): void {
    if (data === DONE) this.ended = true;
    if (data === '' || data === DONE || this.#reason !== undefined) return;
    if (!/[{}[\]"]/.test(data)) {
      this.#words ||= data;
      return;
    }
    const glued = splitFrames(data, this.#id);
    if (!this.#hasShown && !glued?.isComplete)
      throw truncatedError('The upstream’s answer begins with half an event.', true);
    if (glued === undefined) {
      this.#isPartLost = true;
      return;
    }
    if (glued.isPartLost) this.#isPartLost = true;
    for (const payload of glued.payloads) this.decode(payload, events);
  }
}
