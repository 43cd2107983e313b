/**
 * How long a waiting request will still wait, as a range that holds four times of five and is no wider than the median wait:
 * from what became of those who had about the same place. Pure; the time is an argument.
 */
import { type Competition, countSlots, isCompeting } from './competition.js';
import { orderWaiting } from './order.js';
import type { RequestClass, Waiting } from './types.js';

/** What a wait is expected from. */
export interface Prospect {
  readonly flow: string;
  readonly class: RequestClass;
  /** From 1, among those who compete for the same slots. */
  readonly place: number;
  /** Slots that may serve the request. */
  readonly slots: number;
}

export interface WaitRange {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface WaitingView extends Competition {
  readonly waiting: readonly Waiting[];
  readonly flows: ReadonlyMap<string, number>;
  readonly meanMs: number;
}

/** Share of the known waits that lie in a range: more than is promised, since the next ones differ from the known. */
const CONTENT = 0.9;
/** Requests that have to be known before anything is promised, and that are kept. */
const MIN_REQUESTS = 20;
const MAX_REQUESTS = 60;
/** Waits of a flow that have to be known before its own median counts, and that are kept. */
const MIN_WAITS = 10;
const MAX_WAITS = 50;
/** Flows whose median has to be known before it counts for others. */
const MIN_FLOWS = 3;
/** A range may be so wide, as a part of the median of the known waits: the median of the next ones may be lower. */
const MAX_WIDTH = 0.75;
/** Kinds of prospects that are remembered: those used last. */
const MAX_KINDS = 64;
/** What is older tells nothing about now, in milliseconds. */
const MAX_AGE_MS = 60 * 60 * 1000;
/** First places of the ranges of places that are judged together. */
const FIRST_PLACES = [1, 2, 3, 4, 5, 7, 10, 15, 23, 35, 53, 80, 120, 180];

/** Prospects of the request of each flow that is next, by its id. Without a slot that could serve it there is none. */
export function listProspects(view: WaitingView): Map<string, Prospect> {
  const byId = new Map(view.waiting.map((request) => [request.id, request]));
  const ordered = orderWaiting(view.waiting, view.flows, view.meanMs).flatMap((id) => byId.get(id) ?? []);
  const prospects = new Map<string, Prospect>();
  const flows = new Set<string>();
  for (const [index, request] of ordered.entries()) {
    const { id, flow, groups } = request;
    if (flows.has(flow)) continue;
    flows.add(flow);
    const ahead = ordered.slice(0, index).filter((one) => isCompeting(groups, one)).length;
    const slots = countSlots(groups, view);
    if (slots > 0) prospects.set(id, { flow, class: request.class, place: ahead + 1, slots });
  }
  return prospects;
}

interface Look {
  readonly prospect: Prospect;
  readonly at: number;
}

/** What one request has shown: how long it waited per place and slot, each time it was looked at. */
interface Shown {
  readonly at: number;
  readonly paces: readonly number[];
}

export class ExpectedWaits {
  /** By request. */
  readonly #looks = new Map<string, Look[]>();
  /** By kind of prospect, the newest request last. */
  readonly #shown = new Map<string, Shown[]>();
  /** Total waits in milliseconds, by class and flow, the newest last. */
  readonly #waits = new Map<string, number[]>();

  /** Notes the prospect of a request. To be called at regular times, so that all moments of a wait count the same. */
  look(id: string, prospect: Prospect, now: number): void {
    const looks = this.#looks.get(id) ?? [];
    looks.push({ prospect, at: now });
    this.#looks.set(id, looks);
  }

  /** The request has got its slot. @param waitedMs In all */
  note(request: Pick<Waiting, 'id' | 'flow' | 'class'>, waitedMs: number, now: number): void {
    if (waitedMs > 0) {
      const { class: requestClass, flow } = request;
      keep(this.#waits, `${requestClass} ${flow}`, waitedMs, MAX_WAITS);
    }
    const paces = new Map<string, number[]>();
    for (const { prospect, at } of this.#looks.get(request.id) ?? []) {
      const pace = ((now - at) * prospect.slots) / prospect.place;
      for (const kind of nameKinds(prospect)) paces.set(kind, [...(paces.get(kind) ?? []), pace]);
    }
    for (const [kind, all] of paces) keep(this.#shown, kind, { at: now, paces: all }, MAX_REQUESTS);
    this.#looks.delete(request.id);
  }

  /** The request waits no longer, without a slot. */
  forget(id: string): void {
    this.#looks.delete(id);
  }

  /** @returns `undefined` where too little is known, or no range that narrow holds. */
  expect(prospect: Prospect, now: number): WaitRange | undefined {
    const known = nameKinds(prospect)
      .map((kind) => (this.#shown.get(kind) ?? []).filter(({ at }) => now - at < MAX_AGE_MS))
      .find((all) => all.length >= MIN_REQUESTS);
    const medianMs = this.#findMedianWait(prospect);
    if (known === undefined || medianMs === undefined) return undefined;
    const [from, to] = findShortest(known.flatMap(({ paces }) => paces));
    const { place, slots } = prospect;
    const range = { fromMs: (from * place) / slots, toMs: (to * place) / slots };
    return range.toMs - range.fromMs <= MAX_WIDTH * medianMs ? range : undefined;
  }

  /** Of the flow; where too little is known of it, of the flows of its class. */
  #findMedianWait({ class: requestClass, flow }: Prospect): number | undefined {
    const own = this.#waits.get(`${requestClass} ${flow}`) ?? [];
    if (own.length >= MIN_WAITS) return findMedian(own);
    const others = [...this.#waits].filter(
      ([name, { length }]) => name.startsWith(`${requestClass} `) && length >= MIN_WAITS,
    );
    return others.length < MIN_FLOWS ? undefined : findMedian(others.map(([, waits]) => findMedian(waits)));
  }
}

/** The narrower kind first. */
function nameKinds({ class: requestClass, flow, place }: Prospect): string[] {
  const first = FIRST_PLACES.findLast((one) => one <= place);
  return [`${requestClass} ${first} ${flow}`, `${requestClass} ${first}`];
}

/** Adds a value under a name, and forgets the oldest value and the name that was used longest ago. */
function keep<T>(all: Map<string, T[]>, name: string, value: T, max: number): void {
  const values = [...(all.get(name) ?? []), value].slice(-max);
  all.delete(name);
  all.set(name, values);
  const [oldest] = all.keys();
  if (all.size > MAX_KINDS && oldest !== undefined) all.delete(oldest);
}

/** The shortest interval that holds CONTENT of the values. */
function findShortest(values: readonly number[]): [from: number, to: number] {
  const sorted = values.toSorted((one, other) => one - other);
  const count = Math.ceil(CONTENT * sorted.length);
  let best: [number, number] = [0, Number.POSITIVE_INFINITY];
  for (let first = 0; first + count <= sorted.length; first += 1) {
    const [from = 0, to = 0] = [sorted[first], sorted[first + count - 1]];
    if (to - from < best[1] - best[0]) best = [from, to];
  }
  return best;
}

function findMedian(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
