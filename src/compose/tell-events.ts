/** What becomes an event: pauses of credentials, changes of the team, finished requests, quotas of plans. */

import type { Events } from '../events/event-teller.js';
import type { EventKind } from '../events/kinds.js';
import { parseJson } from '../json.js';
import type { PauseEvents } from '../queue/failover.js';
import type { RequestRecord } from '../stats/request-record.js';
import type { AuditAction, AuditEntry } from '../team/core/entities.js';
import { findErrorCode } from '../vocabulary/error-codes.js';
import { OUTCOMES } from '../vocabulary/outcomes.js';
import { PAUSE_KINDS } from '../vocabulary/pauses.js';
import { type PlanQuota, QUOTA_WINDOWS } from '../vocabulary/plan-quota.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** An upstream answers again when it has refused nothing for this time. */
const CALM_MS = MINUTE_MS;
/** After its end, a refusal is told again no sooner than this. */
const REPEAT_AFTER_MS = 10 * MINUTE_MS;
const QUOTA_WARNING_PERCENT = 80;
/** The only entry of a gateway without UPSTREAMS_FILE, which records leave out. */
const DEFAULT_ENTRY = 'default';

/** A credential that is only overloaded comes back by itself: no event. */
export function tellPauses(events: Events): Required<Pick<PauseEvents, 'onPause' | 'onBack'>> {
  return {
    onPause: (credential, { kind, code }) => {
      const { en, zh, isWarning } = PAUSE_KINDS[kind];
      if (isWarning)
        events.tell({ kind: 'credential_out', subject: credential, params: { why: en, why_zh: zh, code } });
    },
    onBack: (credential) => events.tell({ kind: 'credential_back', subject: credential }),
  };
}

const TEAM_EVENTS: Partial<Record<AuditAction, EventKind>> = {
  'key.create': 'key_created',
  'key.import': 'key_created',
  'invite.accept': 'key_created',
  'key.remove': 'key_revoked',
  'member.remove': 'key_revoked',
};

export function tellTeamChanges(events: Events): (entries: readonly AuditEntry[]) => void {
  return (entries) => {
    for (const { action, target, actor } of entries) {
      const kind = TEAM_EVENTS[action];
      // A member that is removed takes all keys along.
      const subject = action === 'member.remove' ? `${target}/*` : target;
      if (kind !== undefined) events.tell({ kind, subject, params: { actor } });
    }
  };
}

interface Refusal {
  lastAt: number;
  isTold: boolean;
  endedAt: number;
}

/** Runs at the end of each request: a look into a map, and no call of the store unless there is news. */
export function tellRequests(events: Events): (record: RequestRecord) => void {
  const refusals = new Map<string, Refusal>();
  const noteRefusal = (subject: string, code: string, at: number) => {
    const known = refusals.get(subject) ?? { lastAt: at, isTold: false, endedAt: Number.NEGATIVE_INFINITY };
    refusals.set(subject, known);
    known.lastAt = at;
    if (known.isTold || at - known.endedAt < REPEAT_AFTER_MS) return;
    known.isTold = true;
    events.tell({ kind: 'upstream_refused', subject, params: { code } });
  };
  const noteSuccess = (subject: string, at: number) => {
    const known = refusals.get(subject);
    if (known === undefined || !known.isTold || at - known.lastAt < CALM_MS) return;
    known.isTold = false;
    known.endedAt = at;
    events.tell({ kind: 'upstream_answers', subject });
  };
  return ({ upstream = DEFAULT_ENTRY, outcome, code = '', model, servedModel, finishedAt }) => {
    if (servedModel !== undefined && model !== undefined) {
      const onceKey = `${model} ${servedModel} ${Math.floor(finishedAt / DAY_MS)}`;
      events.tell({ kind: 'model_substituted', subject: model, params: { served: servedModel }, onceKey });
    }
    if (OUTCOMES[outcome].fault === 'none') noteSuccess(upstream, finishedAt);
    else if (findErrorCode(code)?.warnsOperator) noteRefusal(upstream, code, finishedAt);
  };
}

/** @param text A reading of the quota, as JSON. */
export function tellQuota(events: Events, subject: string, text: string): void {
  const quota = parseJson(text) as PlanQuota | null;
  for (const { window, percent = 0, resetsAt = 0 } of quota?.windows ?? []) {
    const { en, zh } = QUOTA_WINDOWS[window];
    const params = { percent: Math.round(percent), window: en, window_zh: zh };
    // A window that has no known reset is told of once a day.
    const until = Math.round((resetsAt || Math.floor(Date.now() / DAY_MS) * DAY_MS) / MINUTE_MS);
    const onceKey = `${subject} ${window} ${until}`;
    if (percent >= 100) events.tell({ kind: 'quota_spent', subject, params, onceKey });
    else if (percent >= QUOTA_WARNING_PERCENT)
      events.tell({ kind: 'quota_warning', subject, params, onceKey });
  }
}
