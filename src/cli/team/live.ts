/** The simulated colleagues at work: real requests to the gateways of the demo. */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { COLLEAGUES, type Colleague, FLOODER, keyOf, QUESTIONS } from './people.js';
import { SeededRandom } from './random.js';

/** Requests that the flood has open at a time. */
const FLOOD_WIDTH = 12;

export class LiveTeam {
  readonly #random = new SeededRandom(7);
  readonly #stopping = new AbortController();

  /** @param urls The gateways that take requests now. */
  constructor(
    private readonly urls: () => readonly string[],
    private readonly model: string,
  ) {}

  /** Lets everybody ask now and then until `stop`. */
  start(): void {
    // One for each open request and pause.
    setMaxListeners(0, this.#stopping.signal);
    for (const colleague of COLLEAGUES) void this.#work(colleague);
  }

  /** Asks for many answers at once, for so long. */
  flood(ms: number): void {
    const until = Date.now() + ms;
    for (let index = 0; index < FLOOD_WIDTH; index += 1) void this.#repeat(FLOODER, () => Date.now() < until);
  }

  stop(): void {
    this.#stopping.abort();
  }

  async #work(colleague: Colleague): Promise<void> {
    await this.#pause(this.#random.between(0, colleague.pauseMs));
    await this.#repeat(colleague, () => true);
  }

  async #repeat(colleague: Colleague, isOn: () => boolean): Promise<void> {
    while (isOn() && !this.#stopping.signal.aborted) {
      await this.#ask(colleague).catch(() => undefined);
      await this.#pause(colleague.pauseMs * this.#random.between(0.5, 1.5));
    }
  }

  async #ask(colleague: Colleague): Promise<void> {
    const body = {
      model: this.model,
      stream: colleague !== FLOODER,
      messages: [{ role: 'user', content: this.#random.pick(QUESTIONS) }],
    };
    const response = await fetch(`${this.#random.pick(this.urls())}/v1/chat/completions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${keyOf(colleague)}`,
        'content-type': 'application/json',
        'user-agent': colleague.userAgent,
      },
      body: JSON.stringify(body),
      signal: this.#stopping.signal,
    });
    await response.text();
    // A client that is told to come back later does so.
    if (!response.ok) await this.#pause(2_000);
  }

  /** Ends early when the team stops. */
  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopping.signal, ref: false }).catch(() => undefined);
  }
}
