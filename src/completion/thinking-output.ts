/** How the model's thinking is shown: in its own field, in the text (tagged, plain or as the upstream wrote it), or not at all. */
import type { CompletionEvent } from './event.js';
import type { EventTransform } from './event-transform.js';

export type ThinkingMode = 'reasoning_content' | 'think' | 'strip' | 'raw' | 'hide';

const TAGS = {
  think: { open: '<think>\n', close: '\n</think>\n\n' },
  strip: { open: '', close: '\n\n' },
} as const;

export class ThinkingOutput implements EventTransform {
  #open = false;
  #raw = false;

  constructor(private readonly mode: ThinkingMode) {}

  apply(events: CompletionEvent[]): CompletionEvent[] {
    // The common case: nothing to change, so nothing is copied.
    if (!this.#open && !events.some((event) => event.type === 'reasoning-delta')) return events;
    const shown: CompletionEvent[] = [];
    for (const event of events) {
      if (event.type === 'reasoning-delta') this.#reasoning(event, shown);
      else {
        if (event.type !== 'usage') this.#close(shown);
        shown.push(event);
      }
    }
    return shown;
  }

  #reasoning(event: CompletionEvent & { type: 'reasoning-delta' }, shown: CompletionEvent[]): void {
    if (this.mode === 'hide') return;
    if (this.mode === 'reasoning_content') {
      if (event.text !== '') shown.push(event);
      return;
    }
    if (this.mode === 'raw' && (this.#raw || event.raw !== undefined)) {
      this.#raw = true;
      give(event.raw ?? event.text, shown);
      return;
    }
    if (event.text === '') return;
    if (!this.#open) give(this.#tags.open, shown);
    this.#open = true;
    give(event.text, shown);
  }

  #close(shown: CompletionEvent[]): void {
    if (!this.#open) return;
    this.#open = false;
    give(this.#tags.close, shown);
  }

  get #tags() {
    return this.mode === 'strip' ? TAGS.strip : TAGS.think;
  }
}

function give(text: string, shown: CompletionEvent[]): void {
  if (text !== '') shown.push({ type: 'text-delta', text });
}
