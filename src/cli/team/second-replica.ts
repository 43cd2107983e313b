/** A second gateway of the demo, which shares the first one's state and can be lost as in a crash. */
import type { Config } from '../../config/config.js';
import { type Gateway, startGateway } from '../../lifecycle.js';
import type { Logger } from '../../logger.js';
import type { SharedState } from '../../store/shared-state.js';

/** Farewells that a crashed replica does not send, with the stores' answers to them. */
const FAREWELLS = new Map<PropertyKey, unknown>([
  ['withdraw', undefined],
  ['unregister', undefined],
  ['leave', []],
  ['close', undefined],
]);

export class SecondReplica {
  #gateway: Gateway | undefined;

  constructor(
    private readonly config: Config,
    private readonly state: SharedState,
    private readonly log: Logger,
  ) {}

  /** `undefined` while it is lost. */
  get url(): string | undefined {
    return this.#gateway?.url;
  }

  async start(): Promise<void> {
    const { store, queueStore } = this.state;
    const state = {
      ...this.state,
      store: withoutFarewells(store, () => this.#gateway === undefined),
      queueStore: withoutFarewells(queueStore, () => this.#gateway === undefined),
      close: async () => undefined,
    };
    this.#gateway = await startGateway({ ...this.config, port: 0 }, { log: this.log, demo: true, state });
  }

  /** Ends it without a word to the others: they notice its silence, and its slots are free after their lease. */
  async lose(): Promise<void> {
    const gateway = this.#gateway;
    this.#gateway = undefined;
    await gateway?.close();
  }
}

function withoutFarewells<T extends object>(target: T, isLost: () => boolean): T {
  return new Proxy(target, {
    get(_, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) =>
        isLost() && FAREWELLS.has(name)
          ? Promise.resolve(FAREWELLS.get(name))
          : Reflect.apply(value, target, args);
    },
  });
}
