/** One answer on its way to the client: stop texts, the form of the thinking, and usage where none was reported. */
import type { CompletionEvent, Usage } from './event.js';
import type { CompletionRequest } from './request.js';
import { StopSequences } from './stop-sequences.js';
import { type ThinkingMode, ThinkingOutput } from './thinking-output.js';

/** Rough, and only used where the upstream reported nothing: English and Chinese both come to about 4 bytes a token. */
const BYTES_PER_TOKEN = 4;

export class Answer {
  usage: Usage | undefined;
  #bytes = 0;
  readonly #stops: StopSequences;
  readonly #thinking: ThinkingOutput;

  constructor(
    private readonly request: Pick<CompletionRequest, 'messages' | 'stop'>,
    mode: ThinkingMode,
  ) {
    this.#stops = new StopSequences(request.stop);
    this.#thinking = new ThinkingOutput(mode);
  }

  /** True once the client has all it will get, though the upstream may go on. */
  get stopped(): boolean {
    return this.#stops.stopped;
  }

  /** Takes what the upstream yielded; returns what the client is to see. `finish` always has a `usage` before it. */
  apply(events: CompletionEvent[]): CompletionEvent[] {
    const kept = this.#stops.apply(events);
    for (const event of kept) {
      if (event.type === 'usage') this.usage = event.usage;
      else if (event.type !== 'finish') this.#bytes += Buffer.byteLength(event.text);
    }
    const shown = this.#thinking.apply(kept);
    const last = shown.at(-1);
    if (last?.type !== 'finish' || this.usage !== undefined) return shown;
    this.usage = this.#estimate();
    return [...shown.slice(0, -1), { type: 'usage', usage: this.usage }, last];
  }

  #estimate(): Usage {
    const promptBytes = this.request.messages.reduce(
      (sum, { content }) => sum + Buffer.byteLength(content),
      0,
    );
    const promptTokens = Math.ceil(promptBytes / BYTES_PER_TOKEN);
    const completionTokens = Math.ceil(this.#bytes / BYTES_PER_TOKEN);
    return { promptTokens, completionTokens, totalTokens: promptTokens + completionTokens };
  }
}
