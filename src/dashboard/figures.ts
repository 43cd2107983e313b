/** Reads the figures of the pages Overview, Requests and Upstreams. */
import type { Request } from 'express';
import type { Config } from '../config/config.js';
import type { Readiness } from '../http/readiness.js';
import { languageOf, queryOf } from '../pages/language.js';
import { mapStoreUnavailable } from './map-store-unavailable.js';
import { parseQuery } from './query.js';
import { readSnapshot, type SnapshotSource } from './snapshot.js';
import { createView, type View } from './view.js';
import type { StatusView } from './view-status.js';

export interface DashboardPageDeps extends SnapshotSource {
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
