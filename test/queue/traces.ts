/** Random sequences of a pool's verbs, for the core and for every store. */
import fc from 'fast-check';
import type {
  Held,
  LeaseOutcome,
  PauseRequest,
  Peers,
  PoolSettings,
  QueueRequest,
  RequestClass,
  SlotSetting,
} from '../../src/queue/core/types.js';
import type { PauseKind } from '../../src/vocabulary/pauses.js';

export const REPLICAS = ['r1', 'r2', 'r3'] as const;

export type Step =
  | {
      readonly verb: 'register';
      readonly replica: string;
      readonly peers: Peers;
      readonly held: number;
      /** How long ago somebody may have mended what the upstream refused. */
      readonly actedAgoMs: number;
      /** Groups that its configuration lacks. */
      readonly without?: readonly string[];
    }
  | { readonly verb: 'enter'; readonly replica: string; readonly request: Omit<QueueRequest, 'id'> }
  | { readonly verb: 'enter-again' | 'take'; readonly pick: number }
  | {
      readonly verb: 'leave';
      readonly pick: number;
      readonly outcome: LeaseOutcome;
      readonly usedMs: number | undefined;
    }
  | { readonly verb: 'putBack'; readonly pick: number }
  | {
      readonly verb: 'giveBack';
      readonly pick: number;
      readonly pause: PauseRequest;
      readonly isRepeatable: boolean;
    }
  | { readonly verb: 'renew'; readonly replica: string; readonly peers: Peers; readonly forgets: boolean }
  | { readonly verb: 'unregister'; readonly replica: string }
  | { readonly verb: 'wait'; readonly ms: number };

export interface Trace {
  readonly settings: PoolSettings;
  readonly steps: readonly Step[];
}

const replica = fc.constantFrom(...REPLICAS);
const peers = fc.constantFrom<Peers>(
  { count: 1, rank: 0 },
  { count: 2, rank: 0 },
  { count: 3, rank: 1 },
  { count: 3, rank: 2 },
);
const pick = fc.nat({ max: 30 });
const slots = fc.constantFrom<SlotSetting>(1, 2, 3, 5, 'auto', 'auto', 'unlimited');

/** Of two credentials: the first has two models. */
export const GROUPS = ['g1', 'g1/m', 'g2'] as const;

const request = fc.record({
  flow: fc.constantFrom('alice', 'bob', '小王|x', 'public'),
  turn: fc.constantFrom('', '', '10.0.0.1', '10.0.0.2|:1'),
  class: fc.constantFrom<RequestClass>('interactive', 'interactive', 'batch'),
  groups: fc.constantFrom<string[]>(['g1'], ['g2'], ['g1', 'g2'], ['g2', 'g1'], ['g1/m', 'g1', 'g2']),
  weight: fc.constantFrom(1, 1, 3),
  patienceMs: fc.constantFrom(500, 3_000, 60_000, 60_000),
});

const pause: fc.Arbitrary<PauseRequest> = fc.record({
  group: fc.constantFrom(...GROUPS),
  kind: fc.constantFrom<PauseKind>('overloaded', 'overloaded', 'quota', 'operator'),
  code: fc.constantFrom('1305', '1308'),
  scope: fc.constantFrom('credential' as const, 'model' as const),
  isConfirmed: fc.constantFrom(true, true, false),
  pauseMs: fc.constantFrom(500, 1_999),
  maxMs: fc.constantFrom(2_000, 10_000),
  endsInMs: fc.constantFrom(0, 0, 1_000, 700_000),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      verb: fc.constant('register' as const),
      replica,
      peers,
      held: fc.nat({ max: 2 }),
      actedAgoMs: fc.constantFrom(10_000_000, 10_000_000, 5_000, 0),
      without: fc.constantFrom<string[]>([], [], [], ['g2'], ['g1', 'g1/m']),
    }),
  },
  { weight: 12, arbitrary: fc.record({ verb: fc.constant('enter' as const), replica, request }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('enter-again' as const), pick }) },
  { weight: 6, arbitrary: fc.record({ verb: fc.constant('take' as const), pick }) },
  {
    weight: 8,
    arbitrary: fc.record({
      verb: fc.constant('leave' as const),
      pick,
      outcome: fc.constantFrom<LeaseOutcome>('ok', 'ok', 'ok', 'refused', 'failed'),
      usedMs: fc.constantFrom(undefined, 0, 1, 400, 60_000),
    }),
  },
  { weight: 2, arbitrary: fc.record({ verb: fc.constant('putBack' as const), pick }) },
  {
    weight: 9,
    arbitrary: fc.record({
      verb: fc.constant('giveBack' as const),
      pick: fc.nat({ max: 6 }),
      pause,
      isRepeatable: fc.constantFrom(true, true, true, false),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ verb: fc.constant('renew' as const), replica, peers, forgets: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('unregister' as const), replica }) },
  {
    weight: 6,
    arbitrary: fc.record({
      verb: fc.constant('wait' as const),
      ms: fc.constantFrom(0, 1, 700, 2_000, 9_000, 9_000, 700_000),
    }),
  },
);

/** The settings of a replica whose configuration lacks some of the groups. */
export function removeGroups(settings: PoolSettings, without: readonly string[] = []): PoolSettings {
  const groups = Object.entries(settings.groups).filter(([id]) => !without.includes(id));
  return { ...settings, groups: Object.fromEntries(groups) };
}

export const traces: fc.Arbitrary<Trace> = fc.record({
  settings: fc.record({
    groups: fc.record({ g1: slots, 'g1/m': slots, g2: slots }),
    reserve: fc.nat({ max: 2 }),
    maxWaitingPerFlow: fc.integer({ min: 1, max: 6 }),
    maxWaiting: fc.integer({ min: 1, max: 12 }),
  }),
  steps: fc.array(step, { minLength: 10, maxLength: 60, size: 'max' }),
});

/** Gives each step of a trace the ids that exist by then. */
export class Ids {
  readonly all: { readonly request: QueueRequest; readonly replica: string }[] = [];

  add(request: Omit<QueueRequest, 'id'>, replica: string): QueueRequest {
    const entry = { request: { ...request, id: `q${this.all.length}` }, replica };
    this.all.push(entry);
    return entry.request;
  }

  /** The newest is number 0. */
  pick(number: number): { readonly request: QueueRequest; readonly replica: string } | undefined {
    return this.all[this.all.length - 1 - number];
  }

  ofReplica(replica: string): string[] {
    return this.all.filter((one) => one.replica === replica).map(({ request: { id } }) => id);
  }

  addHeld(replica: string, count: number): Held[] {
    const request = {
      flow: 'held',
      turn: '',
      class: 'interactive',
      groups: ['g1'],
      weight: 1,
      patienceMs: 60_000,
    } as const;
    return Array.from({ length: count }, () => ({ ...this.add(request, replica), group: 'g1' }));
  }
}
