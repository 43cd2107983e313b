/** What each key used, by hour and by day of TIME_ZONE, for each model. Counted by the key's id, which no other key gets. Pure. */
import { toDay } from '../calendar.js';
import { OUTCOMES } from '../vocabulary/outcomes.js';
import type { Fields } from './batch.js';
import { toPlausible } from './plausible.js';
import type { RequestRecord } from './request-record.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
export const USAGE_HOURS_DAYS = 31;
export const USAGE_DAYS = 400;
/** Models that one key's hour or day has apart; further ones are counted as `other`. */
export const MAX_USAGE_MODELS = 50;

/** An hour since 1970, or a date in the time zone that held when it was counted: `d2026-11-28`. */
export type UsageSlot = `h${number}` | `d${string}`;

/** A key that has usage. What it was called, and whose it was, when it was used last. */
export interface UsageKey {
  readonly id: string;
  readonly name: string;
  readonly member: string | undefined;
  /** Unix milliseconds. */
  readonly lastAt: number;
}

/**
 * By model. Fields: `n` requests, `e` failed ones, tokens `in`, `cached` (of those), `out`, `think` (of those), cost in
 * millionths `USD` and `CNY`, and how many requests were `free`, `included` in a plan or `unpriced`.
 */
export type UsageByModel = ReadonlyMap<string, Fields>;

export interface KeyUsage extends UsageKey {
  readonly slots: ReadonlyMap<UsageSlot, UsageByModel>;
}

/** One key's hour or day. */
export interface UsagePart {
  readonly id: string;
  readonly slot: UsageSlot;
}

export const toUsageHour = (ms: number): UsageSlot => `h${Math.floor(ms / HOUR_MS)}`;
export const toUsageDay = (ms: number, zone: string): UsageSlot => `d${toDay(ms, zone)}`;

/** How long an hour or day is kept after its last request, in milliseconds. */
export function getUsageRetentionMs(slot: UsageSlot): number {
  return (slot.startsWith('h') ? USAGE_HOURS_DAYS : USAGE_DAYS) * DAY_MS;
}

export function isUsageExpired(slot: UsageSlot, now: number): boolean {
  const oldest = now - getUsageRetentionMs(slot) - DAY_MS;
  const start = slot.startsWith('h') ? Number(slot.slice(1)) * HOUR_MS : Date.parse(slot.slice(1));
  return !(start >= oldest);
}

/** Adds one record to `fields`, in place. */
export function addUsageFields(fields: Fields, { outcome, usage, pricing, cost }: RequestRecord): void {
  add(fields, 'n', 1);
  if (OUTCOMES[outcome].isFailure) add(fields, 'e', 1);
  add(fields, 'in', usage?.promptTokens);
  add(fields, 'cached', usage?.cachedTokens);
  add(fields, 'out', usage?.completionTokens);
  add(fields, 'think', usage?.reasoningTokens);
  add(fields, 'USD', cost?.USD);
  add(fields, 'CNY', cost?.CNY);
  if (pricing !== undefined && pricing !== 'priced') add(fields, pricing, 1);
}

function add(fields: Fields, field: string, value: number | undefined): void {
  const plausible = toPlausible(value);
  if (plausible > 0) fields[field] = (fields[field] ?? 0) + plausible;
}

/** Collects the usage of one batch. */
export class UsageBook {
  readonly #keys = new Map<string, { key: UsageKey; slots: Map<UsageSlot, Map<string, Fields>> }>();

  constructor(private readonly zone: string) {}

  /** @param key its `lastAt` is when the counted requests ended */
  add(key: UsageKey, model: string, fields: Fields): void {
    const { id, lastAt } = key;
    const known = this.#keys.get(id) ?? { key, slots: new Map<UsageSlot, Map<string, Fields>>() };
    this.#keys.set(id, known);
    if (lastAt >= known.key.lastAt) known.key = key;
    for (const slot of [toUsageHour(lastAt), toUsageDay(lastAt, this.zone)]) {
      const models = known.slots.get(slot) ?? new Map<string, Fields>();
      known.slots.set(slot, models);
      addModel(models, model, fields);
    }
  }

  build(): KeyUsage[] {
    return [...this.#keys.values()].map(({ key, slots }) => ({ ...key, slots }));
  }
}

/** Adds the fields of a model, or of `other` once there are too many. */
export function addModel(models: Map<string, Fields>, model: string, fields: Fields): void {
  const label = models.has(model) || models.size < MAX_USAGE_MODELS ? model : 'other';
  const sums = models.get(label) ?? {};
  for (const [field, value] of Object.entries(fields)) sums[field] = (sums[field] ?? 0) + value;
  models.set(label, sums);
}
