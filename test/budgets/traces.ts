/** Random sequences of a ledger's verbs, for the core and for every store. */
import fc from 'fast-check';
import type { Line, Reservation } from '../../src/budgets/core/types.js';

/** Starts on the border of a minute. */
export const START = 1_764_000_000_000;

export const COUNTERS = [
  `member|tokens|day|${START}|${START + 86_400_000}`,
  'key|USD|total|0|',
  'member|CNY|month|0|1',
] as const;

export type Step =
  | { readonly verb: 'reserve'; readonly asked: Omit<Reservation, 'id'> }
  | { readonly verb: 'again'; readonly pick: number }
  | { readonly verb: 'extend'; readonly pick: number; readonly tokens: number; readonly lag: number }
  | {
      readonly verb: 'settle';
      readonly replica: string;
      readonly picks: readonly number[];
      readonly amount: number;
      readonly tokens: number;
      readonly isRepeated: boolean;
    }
  | { readonly verb: 'renew'; readonly picks: readonly number[] }
  | { readonly verb: 'wait'; readonly ms: number };

const line: fc.Arbitrary<Line> = fc.record({
  counter: fc.constantFrom(...COUNTERS),
  limit: fc.constantFrom(1, 100, 1_000, 5_000, 20_000_000),
  base: fc.constantFrom(0, 1, 40, 900, 1_200_000),
  rate: fc.constantFrom(0, 1, 1_000_000, 4_400_000, 333_333),
  isHard: fc.boolean(),
});
const bound = fc.record({
  scope: fc.constantFrom('key', 'member'),
  limit: fc.constantFrom(1, 2, 300, 10_000),
});
const few = <T>(one: fc.Arbitrary<T>, key: (value: T) => string) =>
  fc.uniqueArray(one, { maxLength: 2, selector: key });

const asked: fc.Arbitrary<Omit<Reservation, 'id'>> = fc.record({
  replica: fc.constantFrom('r1', 'r2'),
  tokens: fc.constantFrom(0, 1, 50, 4_096),
  inputTokens: fc.constantFrom(0, 10, 200),
  lines: fc.uniqueArray(line, { maxLength: 3, selector: ({ counter }) => counter }),
  minutes: few(bound, ({ scope }) => scope),
  flights: few(bound, ({ scope }) => scope),
  hasBegun: fc.boolean(),
});
const pick = fc.nat({ max: 12 });
const picks = fc.uniqueArray(pick, { maxLength: 4 });

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ verb: fc.constant('reserve' as const), asked }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('again' as const), pick }) },
  {
    weight: 6,
    arbitrary: fc.record({
      verb: fc.constant('extend' as const),
      pick,
      tokens: fc.constantFrom(1, 100, 8_192),
      lag: fc.constantFrom(0, 0, 0, 1),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      verb: fc.constant('settle' as const),
      replica: fc.constantFrom('r1', 'r2'),
      picks,
      amount: fc.constantFrom(0, 1, 30, 95, 950, 19_000_000),
      tokens: fc.constantFrom(0, 20, 9_000),
      isRepeated: fc.constantFrom(false, false, true),
    }),
  },
  { weight: 3, arbitrary: fc.record({ verb: fc.constant('renew' as const), picks }) },
  {
    weight: 4,
    arbitrary: fc.record({
      verb: fc.constant('wait' as const),
      ms: fc.constantFrom(1, 5_000, 20_000, 60_000, 86_400_000, 40 * 86_400_000),
    }),
  },
);

export const traces: fc.Arbitrary<readonly Step[]> = fc.array(step, {
  minLength: 5,
  maxLength: 40,
  size: 'max',
});
