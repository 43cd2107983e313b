/** What a waiting request competes for: the slots that may serve it, and who else waits for them. Pure. */
import { namePauses } from './pauses.js';
import type { Group, Pause, Waiting } from './types.js';

/** The part of a pool that a request's turn depends on. */
export interface Competition {
  readonly groups: ReadonlyMap<string, Pick<Group, 'slots'>>;
  readonly pauses: ReadonlyMap<string, Pause>;
  readonly waiting: readonly Pick<Waiting, 'groups'>[];
}

/** Slots of those groups that are not paused; groups without a known limit count as none. */
export function countSlots(ids: readonly string[], { groups, pauses }: Omit<Competition, 'waiting'>): number {
  const open = ids.filter((id) => !namePauses(id).some((name) => pauses.has(name)));
  return open.reduce((sum, id) => sum + (groups.get(id)?.slots ?? 0), 0);
}

/** Whether the other request may take a slot of one of these groups. */
export function isCompeting(ids: readonly string[], { groups }: Pick<Waiting, 'groups'>): boolean {
  return groups.some((id) => ids.includes(id));
}
