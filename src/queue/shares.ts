/** How replicas divide slots among them when they cannot ask the store. */
import type { Peers } from './core/types.js';

/** A replica's part of a group's slots; the parts of all replicas add up to `slots`. */
export function divideSlots(slots: number, { count, rank }: Peers): number {
  return Math.floor(slots / count) + (rank < slots % count ? 1 : 0);
}
