/** The queue as it is shown: slots, waits and who uses them. Pure. */
import { DEFAULT_ENTRY } from '../config/upstream-entry.js';
import type { Pause } from '../queue/core/types.js';
import { HOUR_MS } from '../stats/batch.js';
import { clip, type Format } from './format.js';
import { type GroupRow, listGroups, listSlotTimes } from './queue.js';
import type { Snapshot } from './snapshot.js';
import type { DashboardTexts } from './texts/texts.js';
import { toMoment } from './times.js';
import { nameLabel } from './view-tables.js';

/** Rows of each table. The JSON has all. */
const MAX_ROWS = 10;

interface Context {
  readonly t: DashboardTexts;
  readonly format: Format;
}

/** @returns `undefined` when no limit is known and nobody has waited. */
export function createQueueView({ queue, now }: Pick<Snapshot, 'queue' | 'now'>, context: Context) {
  const groups = queue === undefined ? [] : listGroups(queue);
  if (queue === undefined || groups.length === 0) return undefined;
  const { t, format } = context;
  const times = listSlotTimes(queue);
  return {
    groups: groups.slice(0, MAX_ROWS).map((row) => groupRow(row, now, context)),
    moreGroups: Math.max(0, groups.length - MAX_ROWS),
    hour: toMoment(Math.floor(now / HOUR_MS) * HOUR_MS, 'minute'),
    keys: times.slice(0, MAX_ROWS).map(({ key, slotMs, share }) => ({
      ...nameLabel(key, t),
      time: format.duration(slotMs),
      share: format.percent(share),
    })),
    moreKeys: Math.max(0, times.length - MAX_ROWS),
  };
}

function groupRow(row: GroupRow, now: number, { t, format }: Context) {
  return {
    name: clip(row.name.replace(`${DEFAULT_ENTRY}/`, '')),
    pause: row.pause && describePause(row.pause, now, { t, format }),
    slots: format.number(row.slots),
    origin: describeOrigin(row, now, { t, format }),
    inUse: format.number(row.inUse),
    waiting: format.number(row.waiting),
    waited: format.percent(row.requests === 0 ? undefined : row.waited / row.requests),
    p50: format.duration(row.wait.p50),
    p95: format.duration(row.wait.p95),
  };
}

/** What is wrong with a group that is not asked for a while, and what to do about it. */
function describePause(pause: Pause, now: number, { t, format }: Context) {
  const { word, cure } = t.queue.pause(pause);
  const left = pause.until > now ? ` · ${t.queue.left(format.span(pause.until - now))}` : '';
  return { word: `${word} (${clip(pause.code)})${left}`, cure };
}

/** Where a limit comes from. @returns `undefined` when there is none */
function describeOrigin({ slots, isConfigured, changedAt }: GroupRow, now: number, { t, format }: Context) {
  if (slots === undefined) return undefined;
  if (isConfigured) return t.queue.configured;
  return changedAt === undefined ? t.queue.learnt : t.queue.learntAgo(format.span(now - changedAt));
}
