/** Sends the alerts that wait in the store: one replica each, one at a time, in the background. */
import { describeEvent, type StoredEvent } from '../events/event.js';
import type { EventStore } from '../events/event-store.js';
import type { Events } from '../events/event-teller.js';
import { findEventKind } from '../events/kinds.js';
import type { Logger } from '../logger.js';
import type { Delivered, Delivery } from './delivery.js';
import { type AlertLanguage, type AlertMessage, createTestMessage } from './message.js';

const LOOK_EVERY_MS = 5_000;
/** Longer than all attempts of one alert take. */
const LEASE_MS = 180_000;
const DAY_MS = 24 * 60 * 60 * 1000;

export interface DispatcherParts {
  readonly store: Pick<EventStore, 'takeAlert' | 'finishAlert'>;
  readonly delivery: Delivery;
  readonly language: AlertLanguage;
  readonly events: Events;
  readonly log: Logger;
  /** Text of an event that is more than a sentence; `undefined` for all others. */
  readonly describe: (event: StoredEvent, language: AlertLanguage) => Promise<string | undefined>;
  /** Called before each look for alerts. */
  readonly onLook: () => void;
}

export class AlertDispatcher {
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #isStopped = false;
  readonly #failing = new Set<string>();

  constructor(private readonly parts: DispatcherParts) {}

  start(): void {
    this.#timer = setInterval(() => {
      this.parts.onLook();
      void this.look();
    }, LOOK_EVERY_MS).unref();
  }

  /** Sends what waits, unless that is being done. */
  look(): Promise<void> {
    this.#sending ??= this.#sendWaiting().finally(() => {
      this.#sending = undefined;
    });
    return this.#sending;
  }

  /** Sends without the store, when it is away. */
  async sendNow(event: Pick<StoredEvent, 'kind' | 'subject' | 'params'>): Promise<void> {
    this.#note(await this.parts.delivery.deliver(this.#toMessage({ ...event, id: '', at: Date.now() })));
  }

  /** Sends a message that says that it is a test, once. */
  sendTest(): Promise<Delivered[]> {
    return this.parts.delivery.deliver(createTestMessage(this.parts.language), false);
  }

  /** Ends waits between attempts, and resolves when nothing is being sent any more. An alert that was not sent is another replica's. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#timer);
    this.parts.delivery.stop();
    await this.#sending;
  }

  async #sendWaiting(): Promise<void> {
    const { store, delivery } = this.parts;
    try {
      while (!this.#isStopped) {
        const taken = await store.takeAlert(LEASE_MS);
        if (taken === undefined) return;
        const delivered = await delivery.deliver(await this.#describe(taken.event));
        this.#note(delivered);
        const isLost = delivered.every(({ problem }) => problem !== undefined);
        if (this.#isStopped && isLost) return;
        await store.finishAlert(taken.receipt);
      }
    } catch {
      // The store logs that it is away; the next look tries again.
    }
  }

  async #describe(event: StoredEvent): Promise<AlertMessage> {
    const text = await this.parts.describe(event, this.parts.language);
    return this.#toMessage(event, text);
  }

  #toMessage(event: StoredEvent, text?: string): AlertMessage {
    const { kind, subject, params, at, id } = event;
    const { severity } = findEventKind(kind);
    return {
      text: text ?? `${MARKS[severity]} ${describeEvent(event, this.parts.language)}`,
      fields: { id, at: new Date(at).toISOString(), kind, severity, subject, params },
    };
  }

  /** Says once that a receiver takes nothing, until it does again. */
  #note(delivered: readonly Delivered[]): void {
    for (const { receiver, problem } of delivered) {
      if (problem === undefined) {
        this.#failing.delete(receiver);
      } else if (!this.#failing.has(receiver)) {
        this.#failing.add(receiver);
        this.parts.log.warn(
          { receiver, problem },
          'an alert did not arrive: check ALERT_WEBHOOK (npm run doctor -- --alert)',
        );
        const onceKey = `${receiver} ${Math.floor(Date.now() / DAY_MS)}`;
        this.parts.events.tell({ kind: 'alert_failed', subject: receiver, params: { problem }, onceKey });
      }
    }
  }
}

const MARKS = { info: '✅', warning: '⚠️', error: '🔴' } as const;
