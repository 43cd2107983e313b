/** GET /dashboard (the page), /dashboard/live (its sections alone) and /dashboard/keys.csv (use per key). */
import type { Request, Response } from 'express';
import type { Config } from '../config/config.js';
import { getOrigin } from '../http/base-url.js';
import type { Readiness } from '../http/readiness.js';
import { demoKey } from '../pages/demo-key.js';
import { curlLine } from '../pages/home.js';
import { languageOf, queryOf } from '../pages/language.js';
import { showPage } from '../pages/page.js';
import type { Slot } from '../stats/batch.js';
import type { Store } from '../store/store.js';
import { ApiError } from '../vocabulary/errors.js';
import { mapStoreUnavailable } from './map-store-unavailable.js';
import { formatPeriod, parsePeriod } from './period.js';
import { parseQuery } from './query.js';
import { readSnapshot, type SnapshotSource } from './snapshot.js';
import { formatCsv, type LabelCounts, sortRows, sumLabels, toUseRows } from './tables.js';
import { TEXTS } from './texts/texts.js';
import { createView, type View } from './view.js';
import { createUnavailableView } from './view-status.js';

/** Slots per read. */
const SLOTS_AT_ONCE = 31;

export interface DashboardPageDeps extends SnapshotSource {
  readonly config: Pick<Config, 'publicKey' | 'publicRateLimit' | 'modelName'>;
  readonly demo: boolean;
  readonly readiness: Pick<Readiness, 'degraded'>;
}

/** The whole page. While the store is unavailable it says so with status 503, and its script retries. */
export function dashboardPage(deps: DashboardPageDeps) {
  return (req: Request, res: Response): Promise<void> => showFigures(req, res, 'dashboard', deps);
}

/** The sections that the page's script replaces. While the store is unavailable: the status alone. */
export function dashboardLive(deps: DashboardPageDeps) {
  return (req: Request, res: Response): Promise<void> => showFigures(req, res, 'dashboard/live', deps);
}

export function keysCsv({ store }: Pick<SnapshotSource, 'store'>) {
  return async (req: Request, res: Response): Promise<void> => {
    const period = parsePeriod(queryOf(req), Date.now());
    const counts = await mapStoreUnavailable(readKeys(store, period.slots));
    const rows = sortRows(toUseRows(counts), { by: 'requests', descending: true }, 'name');
    res
      .attachment(`ztoapi-keys-${formatPeriod(period)}.csv`)
      .type('text/csv; charset=utf-8')
      .send(formatCsv(rows, period));
  };
}

/** Reads in parts: a year of many keys at once would block the store and the event loop. */
async function readKeys(store: Pick<Store, 'readLabels'>, slots: readonly Slot[]): Promise<LabelCounts> {
  let counts: LabelCounts = new Map();
  for (let at = 0; at < slots.length; at += SLOTS_AT_ONCE) {
    const part = await store.readLabels('key', slots.slice(at, at + SLOTS_AT_ONCE));
    counts = sumLabels([counts, ...part]);
  }
  return counts;
}

async function showFigures(
  req: Request,
  res: Response,
  name: string,
  deps: DashboardPageDeps,
): Promise<void> {
  let view: View | undefined;
  try {
    view = await readView(req, deps);
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 'store_unavailable')) throw error;
    res.status(error.status);
  }
  show(req, res, name, view, deps);
}

async function readView(req: Request, deps: DashboardPageDeps): Promise<View> {
  const query = parseQuery(queryOf(req));
  const snapshot = await mapStoreUnavailable(readSnapshot(deps, query.range, Date.now()));
  return createView(snapshot, query, deps.config, languageOf(req));
}

function show(
  req: Request,
  res: Response,
  name: string,
  view: View | undefined,
  { config, demo, readiness }: DashboardPageDeps,
): void {
  const t = TEXTS[languageOf(req)];
  const curl = curlLine(`${getOrigin(req)}/v1`, config.modelName, demoKey(config, demo));
  showPage(req, res, name, {
    t,
    view,
    status: view?.status ?? createUnavailableView(t, readiness.degraded()),
    curl,
  });
}
