/**
 * Pauses of credentials: how long they are, and which request tries again. A pause has the name of a credential, or of a
 * slot group (`CREDENTIAL/MODEL`) where only that model is concerned.
 */
import { PAUSE_KINDS } from '../../vocabulary/pauses.js';
import type { Lease, Outlook, Pause, PauseRequest } from './types.js';

/** A pause doubles with each failed probe, so often. */
export const MAX_PAUSE_DOUBLINGS = 6;
/** An overload that nobody has tried again is forgotten this long after its end, in milliseconds. */
export const FORGET_OVERLOAD_MS = 10 * 60 * 1000;
/** Where a request can be served by nothing, and no pause says why. */
const NO_PAUSE: Outlook = { reason: 'overloaded', code: '', inMs: 0 };

/** The names of the pauses that concern a group: its credential's, and its own. */
export function namePauses(group: string): readonly string[] {
  const slash = group.indexOf('/');
  return slash < 0 ? [group] : [group.slice(0, slash), group];
}

export class Pauses {
  readonly all = new Map<string, Pause>();

  constructor(private readonly leases: ReadonlyMap<string, Lease>) {}

  /** Whether no request may be granted the group: before the probe is due, and while a probe is in flight. */
  isOut(group: string, now: number): boolean {
    return this.all.size > 0 && namePauses(group).some((name) => this.#isOut(name, now));
  }

  /** When the group can be used again as far as anyone knows: 0 now, Infinity when an operator has to act. */
  returnsAt(group: string, now: number): number {
    const pause = this.#longest(group, now);
    return pause === undefined ? 0 : endOf(pause);
  }

  /** The pause of these groups that ends first. */
  outlook(groups: readonly string[], now: number): Outlook {
    let first: Pause | undefined;
    for (const group of groups) {
      const pause = this.#longest(group, now);
      if (pause !== undefined && (first === undefined || endOf(pause) < endOf(first))) first = pause;
    }
    if (first === undefined) return NO_PAUSE;
    return {
      reason: first.kind,
      code: first.code,
      inMs: first.until === 0 ? 0 : Math.max(0, first.until - now),
    };
  }

  /** The lease is the probe of whatever pauses concern its group. */
  startProbe({ group, id }: Lease): void {
    for (const name of namePauses(group)) {
      const pause = this.all.get(name);
      if (pause !== undefined) this.all.set(name, { ...pause, probe: id });
    }
  }

  /** Ends the pauses that this lease has probed. @returns Their names. */
  lift({ group, id }: Lease): string[] {
    const lifted = namePauses(group).filter((name) => this.all.get(name)?.probe === id);
    for (const name of lifted) this.all.delete(name);
    return lifted;
  }

  /** Begins a pause, or renews it when its probe has failed. @returns Its name when it has begun. */
  begin({ group, id }: Lease, asked: PauseRequest, now: number): string | undefined {
    const { kind, code, scope, isConfirmed, pauseMs, maxMs, endsInMs } = asked;
    const [credential = group] = namePauses(group);
    const name = scope === 'credential' ? credential : group;
    const known = this.all.get(name);
    const isProbe = known?.probe === id;
    if (!isProbe && !isConfirmed) return undefined;
    // Requests that were in flight when it began.
    if (known !== undefined && !isProbe && PAUSE_KINDS[kind].rank <= PAUSE_KINDS[known.kind].rank)
      return undefined;
    const isSame = known?.kind === kind;
    const failures = isSame ? known.failures + 1 : 1;
    const tryAt = now + Math.min(maxMs, pauseMs * 2 ** Math.min(failures - 1, MAX_PAUSE_DOUBLINGS));
    const probeAt = endsInMs > 0 ? Math.min(tryAt, now + endsInMs) : tryAt;
    const until = endsInMs > 0 ? now + endsInMs : probeAt;
    this.all.set(name, {
      kind,
      code,
      since: isSame ? known.since : now,
      failedAt: now,
      until: kind === 'operator' ? 0 : until,
      probeAt,
      failures,
      probe: '',
    });
    return isSame ? undefined : name;
  }

  /** Somebody may have mended what failed before: it may be probed at once. */
  retryBefore(actedAt: number, now: number): void {
    for (const [name, pause] of this.all) {
      if (pause.failedAt < actedAt && pause.probeAt > now) this.all.set(name, { ...pause, probeAt: now });
    }
  }

  forgetOld(now: number): void {
    for (const [name, { kind, until }] of this.all) {
      if (kind === 'overloaded' && until + FORGET_OVERLOAD_MS <= now) this.all.delete(name);
    }
  }

  #isOut(name: string, now: number): boolean {
    const pause = this.all.get(name);
    if (pause === undefined) return false;
    const probe = this.leases.get(pause.probe);
    return pause.probeAt > now || (probe !== undefined && namePauses(probe.group).includes(name));
  }

  #longest(group: string, now: number): Pause | undefined {
    let longest: Pause | undefined;
    for (const name of namePauses(group)) {
      const pause = this.#isOut(name, now) ? this.all.get(name) : undefined;
      if (pause !== undefined && (longest === undefined || endOf(pause) > endOf(longest))) longest = pause;
    }
    return longest;
  }
}

function endOf({ until }: Pause): number {
  return until === 0 ? Number.POSITIVE_INFINITY : until;
}
