/** Reads the use of one key: its figures, its last errors and its place in the queue. */
import type { WaitRange } from '../queue/core/expected-waits.js';
import { orderWaiting } from '../queue/core/order.js';
import type { PoolView } from '../queue/queue-store.js';
import { MAX_KEPT_REQUESTS } from '../stats/batch.js';
import type { RequestRecord } from '../stats/request-record.js';
import { toUsageHour, type UsageByModel, type UsageSlot } from '../stats/usage.js';
import { type Store, StoreUnavailableError } from '../store/store.js';
import { ERROR_CODES } from '../vocabulary/error-codes.js';
import { OUTCOMES } from '../vocabulary/outcomes.js';
import type { QueueSource } from './queue.js';

const SHOWN_ERRORS = 10;
const HOUR_MS = 3_600_000;

type ExpectWait = (pool: string, view: PoolView, flow: string) => WaitRange | undefined;

export interface MyUseSource {
  readonly slots: QueueSource['slots'] & { readonly expectWait: ExpectWait };
  readonly store: Pick<Store, 'readUsage' | 'readRequests' | 'readReplicas'>;
}

export interface Asked {
  /** What the key's use is counted under. */
  readonly keyId: string;
  /** The flow of the queue in which the member's requests wait. */
  readonly flow: string;
  readonly language: 'en' | 'zh';
}

export interface Counts {
  readonly requests: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly failed: number;
}

export interface MyError {
  readonly finishedAt: number;
  readonly model: string;
  readonly code: string;
  readonly status: number;
  /** `undefined` for a code of another version. */
  readonly meaning: string | undefined;
}

/** Place of a member's first waiting request in one pool. */
export interface MyPlace {
  readonly pool: string;
  readonly count: number;
  readonly place: number;
  readonly all: number;
  /** How long it will still wait; `undefined` where that cannot be promised. */
  readonly expected: WaitRange | undefined;
}

export interface MyUse {
  readonly hour: Counts;
  readonly day: Counts;
  /** Newest first. */
  readonly errors: readonly MyError[];
  readonly places: readonly MyPlace[];
}

/** @returns `undefined` while the store cannot be read */
export async function readMyUse(source: MyUseSource, asked: Asked, now: number): Promise<MyUse | undefined> {
  try {
    return await readAll(source, asked, now);
  } catch (error) {
    if (error instanceof StoreUnavailableError) return undefined;
    throw error;
  }
}

async function readAll({ store, slots: queue }: MyUseSource, asked: Asked, now: number): Promise<MyUse> {
  const [hours, requests, replicas] = await Promise.all([
    store.readUsage(listHours(now).map((slot) => ({ id: asked.keyId, slot }))),
    store.readRequests(MAX_KEPT_REQUESTS),
    store.readReplicas(),
  ]);
  const pools = await queue.read([...new Set(replicas.flatMap((replica) => replica.pools ?? []))]);
  const expect: ExpectWait = (...args) => queue.expectWait(...args);
  const places = findPlaces(pools, asked.flow, expect);
  const [hour, day] = [sumUsage(hours.slice(0, 1)), sumUsage(hours)];
  return { hour, day, errors: listErrors(requests, asked), places };
}

/** The current hour, and the 23 before. */
function listHours(now: number): UsageSlot[] {
  return Array.from({ length: 24 }, (_, ago) => toUsageHour(now - ago * HOUR_MS));
}

function sumUsage(hours: readonly UsageByModel[]): Counts {
  const fields = hours.flatMap((models) => [...models.values()]);
  const sum = (name: string) => fields.reduce((total, each) => total + (each[name] ?? 0), 0);
  return { requests: sum('n'), tokensIn: sum('in'), tokensOut: sum('out'), failed: sum('e') };
}

/** @param requests newest first */
export function listErrors(
  requests: readonly RequestRecord[],
  { keyId, language }: Pick<Asked, 'keyId' | 'language'>,
): MyError[] {
  return requests
    .filter((record) => record.keyId === keyId && OUTCOMES[record.outcome].isFailure)
    .slice(0, SHOWN_ERRORS)
    .map(({ finishedAt, model = '–', code = '–', status }) => ({
      finishedAt,
      model,
      code,
      status,
      meaning: Object.hasOwn(ERROR_CODES, code)
        ? ERROR_CODES[code as keyof typeof ERROR_CODES][language]
        : undefined,
    }));
}

export function findPlaces(
  pools: ReadonlyMap<string, PoolView>,
  flow: string,
  expectWait: ExpectWait,
): MyPlace[] {
  return [...pools].flatMap(([pool, view]) => {
    const { waiting, flows, meanMs } = view;
    const own = new Set(waiting.filter((request) => request.flow === flow).map(({ id }) => id));
    if (own.size === 0) return [];
    const place = 1 + orderWaiting(waiting, flows, meanMs).findIndex((id) => own.has(id));
    return [{ pool, count: own.size, place, all: waiting.length, expected: expectWait(pool, view, flow) }];
  });
}
