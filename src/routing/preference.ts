/** In which order a caller's request asks the entries that can serve it. Pure. */
import type { UpstreamEntry } from '../config/upstream-entry.js';
import { orderByRendezvous } from './rendezvous.js';
import type { Asker, Route } from './route.js';

export interface Candidate {
  readonly entry: Pick<UpstreamEntry, 'name' | 'owner' | 'priority'>;
  readonly route: Route;
}

/** An entry with an owner serves only that caller. Then: the caller's own, other models last, by priority, by conversation. */
export function chooseRoutes(
  candidates: readonly Candidate[],
  { owner: asker, mayUse, conversation }: Asker,
): Route[] {
  const allowed = candidates.filter(
    ({ entry: { owner }, route }) =>
      (owner === undefined || owner === asker) && (!route.isFallback || mayUse(route.model.name)),
  );
  if (allowed.length < 2) return allowed.map(({ route }) => route);
  const ranks = new Map(allowed.map((candidate) => [candidate, rank(candidate)]));
  const isTie = new Set([...ranks.values()].map(String)).size < allowed.length;
  const names = allowed.map(({ entry }) => entry.name);
  const order = isTie ? orderByRendezvous(conversation(), names) : names;
  return allowed
    .toSorted(
      (one, other) =>
        compareRanks(ranks.get(one) ?? [], ranks.get(other) ?? []) ||
        order.indexOf(one.entry.name) - order.indexOf(other.entry.name),
    )
    .map(({ route }) => route);
}

/** The lowest goes first. */
function rank({ entry, route }: Candidate): number[] {
  return [route.isFallback ? 1 : 0, entry.owner === undefined ? 1 : 0, entry.priority];
}

function compareRanks(one: readonly number[], other: readonly number[]): number {
  const at = one.findIndex((value, index) => value !== other[index]);
  return at === -1 ? 0 : (one[at] ?? 0) - (other[at] ?? 0);
}
