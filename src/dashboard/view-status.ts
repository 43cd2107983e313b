/** Writes the status line. Pure. */

import type { HealthState } from '../vocabulary/health-states.js';
import { clip, type Format } from './format.js';
import type { Snapshot } from './snapshot.js';
import { judgeStatus, type Reason, type StatusSource } from './status.js';
import type { DashboardTexts } from './texts/texts.js';
import { type Moment, toMoment } from './times.js';

export interface StatusView {
  readonly state: HealthState | 'unavailable' | 'own';
  /** CSS class for colour and shape. */
  readonly tone: 'ok' | 'warn' | 'bad' | 'neutral';
  readonly label: string;
  /** `undefined` when it began before the minutes that are read. */
  readonly since: { readonly at: Moment; readonly span: string } | undefined;
  readonly replicas: string;
  readonly reasons: readonly string[];
}

const TONES: Readonly<Record<HealthState, StatusView['tone']>> = {
  healthy: 'ok',
  waiting: 'neutral',
  degraded: 'warn',
  refused: 'bad',
  draining: 'neutral',
};

export function createStatusView(snapshot: StatusSource, t: DashboardTexts, format: Format): StatusView {
  const { state, since, reasons } = judgeStatus(snapshot);
  return {
    state,
    tone: TONES[state],
    label: state === 'waiting' && isEmpty(snapshot) ? t.status.waitingForFirst : t.status.states[state],
    since:
      since === undefined
        ? undefined
        : { at: toMoment(since, 'date'), span: format.span(snapshot.now - since) },
    replicas: t.status.replicas(snapshot.replicas.length),
    reasons: reasons.map((reason) => reasonText(reason, snapshot.now, t, format)),
  };
}

/**
 * The status while the store is unavailable.
 * @param why `undefined` when it was only late
 * @param also what it means for the page that is shown
 */
export function createUnavailableView(
  t: DashboardTexts,
  why: string | undefined,
  also: string | undefined,
): StatusView {
  const { states, unavailable } = t.status;
  return {
    state: 'unavailable',
    tone: 'warn',
    label: states.unavailable,
    since: undefined,
    replicas: '',
    reasons: [
      unavailable,
      ...(also === undefined ? [] : [also]),
      ...(why === undefined ? [] : [t.status.reason(why)]),
    ],
  };
}

/** The status above figures of this replica alone. `why` and `since`: the store is away, in Unix milliseconds. */
export function createOwnView(t: DashboardTexts, why: string | undefined, since: number): StatusView {
  const { own } = t.status;
  return {
    state: 'own',
    tone: 'warn',
    label: own.label,
    since: { at: toMoment(since, 'date'), span: '' },
    replicas: '',
    reasons: [own.about, ...(why === undefined ? [] : [t.status.reason(why)])],
  };
}

/** Whether there has been no request yet. */
export function isEmpty({ total }: Pick<Snapshot, 'total'>): boolean {
  return Object.keys(total).length === 0;
}

function reasonText(
  reason: Reason,
  now: number,
  { status: { reasons } }: DashboardTexts,
  format: Format,
): string {
  switch (reason.kind) {
    case 'store_was_away':
      return reasons.store_was_away(reason.replica);
    case 'not_kept':
      return reasons.not_kept(reason.problem);
    case 'credential_refused':
      return reasons.credential_refused(clip(reason.name), clip(reason.code));
    case 'upstreams_differ':
      return reasons.upstreams_differ(reason.replicas.join(', '));
    case 'replica_silent':
      return reasons.replica_silent(reason.replica, format.span(reason.silentMs));
    case 'replicas_draining':
      return reasons.replicas_draining(format.number(reason.draining), format.number(reason.of));
    case 'replicas_lost':
      return reasons.replicas_lost(reason.latest, format.span(now - reason.at), reason.lost);
    case 'idle':
      return reasons.idle;
    default:
      return reasons[reason.kind](format.number(reason.failed), format.number(reason.of));
  }
}
