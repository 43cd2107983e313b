/** Builds what sends alerts. */
import { Delivery } from '../alerts/delivery.js';
import { findDueWeek, formatDigest } from '../alerts/digest.js';
import { AlertDispatcher } from '../alerts/dispatcher.js';
import type { AlertLanguage } from '../alerts/message.js';
import { readDigest } from '../alerts/read-digest.js';
import { findDay, findSpan, toDay } from '../calendar.js';
import type { Config } from '../config/config.js';
import type { StoredEvent } from '../events/event.js';
import type { Events } from '../events/event-teller.js';
import type { Logger } from '../logger.js';
import type { SharedState } from '../store/shared-state.js';
import { createPost } from '../upstream/transport/webhook.js';

/** @returns undefined if no receivers are configured */
export function composeAlerts(
  { alertReceivers, alertLanguage, proxies, timeZone }: Config,
  state: SharedState,
  events: Events,
  log: Logger,
): AlertDispatcher | undefined {
  if (alertReceivers === undefined) return undefined;
  return new AlertDispatcher({
    store: state.eventStore,
    delivery: new Delivery(alertReceivers, createPost(proxies)),
    language: alertLanguage,
    events,
    log,
    describe: (event, language) => describeDigest(event, state, timeZone, language),
    onLook: () => tellWeek(events, timeZone, Date.now()),
  });
}

/** All replicas tell that a week has begun; the event, and so the digest, is one. */
function tellWeek(events: Events, zone: string, now: number): void {
  const week = findDueWeek(now, zone);
  if (week === undefined) return;
  const subject = toDay(week.start, zone);
  events.tell({ kind: 'weekly_digest', subject, onceKey: subject });
}

async function describeDigest(
  { kind, subject }: StoredEvent,
  { store }: SharedState,
  zone: string,
  language: AlertLanguage,
): Promise<string | undefined> {
  const day = kind === 'weekly_digest' ? findDay(subject, zone) : undefined;
  if (day === undefined) return undefined;
  const week = findSpan('week', day.start, zone);
  const before = findSpan('week', week.start - 1, zone);
  const digest = await readDigest(store, week, before, zone);
  return formatDigest(digest, zone, language);
}
