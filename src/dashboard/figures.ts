/** Reads the figures of the pages Overview, Requests and Upstreams. */
import type { Request } from 'express';
import type { Config } from '../config/config.js';
import type { Readiness } from '../http/readiness.js';
import { type Language, languageOf, queryOf } from '../pages/language.js';
import type { OwnFigures } from '../store/own-figures.js';
import type { EventSource } from './events.js';
import { FORMATS } from './format.js';
import type { HistoryDeps } from './history.js';
import { mapStoreUnavailable } from './map-store-unavailable.js';
import type { PageData } from './pages.js';
import { parseQuery } from './query.js';
import { readSnapshot, readStatusSource, type SnapshotSource, type StatusStore } from './snapshot.js';
import { TEXTS } from './texts/texts.js';
import { createView } from './view.js';
import { createOwnView, createStatusView, type StatusView } from './view-status.js';

export interface DashboardPageDeps extends SnapshotSource {
  readonly eventStore: EventSource;
  readonly historyStore: HistoryDeps['historyStore'];
  /** Names of the receivers of alerts. */
  readonly alertReceivers: readonly string[];
  readonly config: Pick<Config, 'publicKey' | 'publicRateLimit' | 'modelName' | 'historyDays' | 'timeZone'>;
  readonly demo: boolean;
  readonly readiness: Pick<Readiness, 'degraded'>;
  readonly ownFigures: Pick<OwnFigures, 'read'>;
}

export async function readFigures(req: Request, deps: DashboardPageDeps): Promise<PageData> {
  const query = parseQuery(queryOf(req));
  const snapshot = await mapStoreUnavailable(readSnapshot(deps, query.range, Date.now()));
  const view = createView(snapshot, query, deps.config, languageOf(req));
  return { status: view.status, view };
}

/** What only this replica counted while the store is away. @returns undefined if the store is not away */
export async function readOwnFigures(
  req: Request,
  { ownFigures, config, readiness }: DashboardPageDeps,
): Promise<PageData | undefined> {
  const own = await ownFigures.read();
  if (own === undefined) return undefined;
  const query = parseQuery(queryOf(req));
  const language = languageOf(req);
  const snapshot = await readSnapshot({ store: own.store, ...NOT_KNOWN }, query.range, Date.now());
  const status = createOwnView(TEXTS[language], readiness.degraded(), own.since);
  return { status, view: { ...createView(snapshot, query, config, language), isOwn: true, isEmpty: false } };
}

/** What a replica does not know without the store. */
const NOT_KNOWN: Omit<SnapshotSource, 'store'> = {
  slots: { read: async () => new Map() },
  publicUse: async () => undefined,
  planQuotas: async () => new Map(),
  planSharers: async () => 0,
};

/** The status above pages without figures. */
export async function readStatus(store: StatusStore, language: Language, now: number): Promise<StatusView> {
  const source = await mapStoreUnavailable(readStatusSource(store, now));
  return createStatusView(source, TEXTS[language], FORMATS[language]);
}
