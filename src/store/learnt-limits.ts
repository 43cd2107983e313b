/** Limits of slot groups that were learnt from an upstream's refusals, kept over restarts of a gateway without Redis. */
import { createGroup } from '../queue/core/learning.js';
import type { Group } from '../queue/core/types.js';
import { DAY_MS } from '../stats/batch.js';
import type { DurableState } from './disk/durable-state.js';

const NAMESPACE = 'queue:learnt';
/** As in Redis. */
const KEPT_MS = 31 * DAY_MS;

interface Learnt {
  /** By slot group. */
  readonly slots: Readonly<Record<string, number>>;
  /** Unix milliseconds. */
  readonly at: number;
}

export class LearntLimits {
  readonly #entries: ReadonlyMap<string, Buffer>;
  /** What was written last, by pool. */
  readonly #written = new Map<string, string>();

  constructor(
    private readonly state: DurableState,
    private readonly now: () => number,
  ) {
    this.#entries = state.readEntries(NAMESPACE);
  }

  /** The groups with which a pool begins. */
  restore(pool: string): ReadonlyMap<string, Group> {
    const learnt = parse(this.#entries.get(pool));
    if (learnt === undefined || this.now() - learnt.at > KEPT_MS) return new Map();
    return new Map(Object.entries(learnt.slots).map(([id, slots]) => [id, { ...createGroup(), slots }]));
  }

  /** Called after every verb of a pool, so it is cheap while nothing has been learnt. */
  write(pool: string, groups: ReadonlyMap<string, Group>): void {
    const slots: Record<string, number> = {};
    let text = '';
    for (const [id, group] of groups) {
      if (group.fixed || group.slots === undefined) continue;
      slots[id] = group.slots;
      text += `${id} ${group.slots}\n`;
    }
    if (text === (this.#written.get(pool) ?? '')) return;
    this.#written.set(pool, text);
    const learnt: Learnt = { slots, at: this.now() };
    this.state.writeLater(NAMESPACE, pool, () => JSON.stringify(learnt));
  }
}

function parse(bytes: Buffer | undefined): Learnt | undefined {
  return bytes === undefined ? undefined : (JSON.parse(String(bytes)) as Learnt);
}
