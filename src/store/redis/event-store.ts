/** Events that replicas share. Every method is one round trip. */
import { formatBody, parseEvent, type StoredEvent } from '../../events/event.js';
import {
  ALERT_LATE_MS,
  EVENTS_KEPT_MS,
  type EventQuery,
  type EventStore,
  MAX_EVENTS,
  MAX_ONCE_KEYS,
  MAX_WAITING_ALERTS,
  type NewEvent,
  type TakenAlert,
} from '../../events/event-store.js';
import { Keys } from './keys.js';
import type { RedisLink } from './link.js';

export class RedisEventStore implements EventStore {
  readonly #keys: ReturnType<Keys['events']>;

  constructor(
    private readonly link: RedisLink,
    prefix: string,
    private readonly maxEvents = MAX_EVENTS,
  ) {
    this.#keys = new Keys(prefix).events();
  }

  async append(event: NewEvent): Promise<StoredEvent | undefined> {
    const { log, once, ended, alerts, number } = this.#keys;
    const { kind, ageMs, onceKey = '', ends = '', isAlert } = event;
    const limits = [EVENTS_KEPT_MS, this.maxEvents, MAX_ONCE_KEYS, MAX_WAITING_ALERTS];
    const args = [ageMs, kind, formatBody(event), onceKey, ends, isAlert ? '1' : '', ...limits];
    return parseEvent(String(await this.link.run('appendEvent', [log, once, ended, alerts, number], args)));
  }

  async read({ from = 0, to, kinds = [], after, limit }: EventQuery): Promise<StoredEvent[]> {
    const args = [from, to ?? '+inf', after?.at ?? '', after?.id ?? '', limit, ...kinds];
    const lines = await this.link.run('readEvents', [this.#keys.log], args);
    return (Array.isArray(lines) ? lines : []).flatMap((line) => parseEvent(String(line)) ?? []);
  }

  async takeAlert(leaseMs: number): Promise<TakenAlert | undefined> {
    const receipt = String(await this.link.run('takeAlert', [this.#keys.alerts], [leaseMs, ALERT_LATE_MS]));
    if (receipt === '') return undefined;
    const event = parseEvent(receipt);
    if (event !== undefined) return { event, receipt };
    // Another version's, which this one cannot describe.
    await this.finishAlert(receipt);
    return undefined;
  }

  async finishAlert(receipt: string): Promise<void> {
    await this.link.call((redis) => redis.zrem(this.#keys.alerts, receipt));
  }
}
