/** Reads the figures of the pages Overview, Requests and Upstreams. */
import type { Request } from 'express';
import type { Config } from '../config/config.js';
import type { Readiness } from '../http/readiness.js';
import { type Language, languageOf, queryOf } from '../pages/language.js';
import type { EventSource } from './events.js';
import { FORMATS } from './format.js';
import { mapStoreUnavailable } from './map-store-unavailable.js';
import { parseQuery } from './query.js';
import { readSnapshot, readStatusSource, type SnapshotSource, type StatusStore } from './snapshot.js';
import { TEXTS } from './texts/texts.js';
import { createView, type View } from './view.js';
import { createStatusView, type StatusView } from './view-status.js';

export interface DashboardPageDeps extends SnapshotSource {
  readonly eventStore: EventSource;
  /** Names of the receivers of alerts. */
  readonly alertReceivers: readonly string[];
  readonly config: Pick<Config, 'publicKey' | 'publicRateLimit' | 'modelName'>;
  readonly demo: boolean;
  readonly readiness: Pick<Readiness, 'degraded'>;
}

export async function readFigures(
  req: Request,
  deps: DashboardPageDeps,
): Promise<{ status: StatusView; view: View }> {
  const query = parseQuery(queryOf(req));
  const snapshot = await mapStoreUnavailable(readSnapshot(deps, query.range, Date.now()));
  const view = createView(snapshot, query, deps.config, languageOf(req));
  return { status: view.status, view };
}

/** The status above pages without figures. */
export async function readStatus(store: StatusStore, language: Language, now: number): Promise<StatusView> {
  const source = await mapStoreUnavailable(readStatusSource(store, now));
  return createStatusView(source, TEXTS[language], FORMATS[language]);
}
