/** Prepares everything the page shows. The views in `views/dashboard/` only write it down. Pure. */
import type { Language } from '../pages/language.js';
import { RANGES } from '../vocabulary/periods.js';
import { drawCharts } from './charts.js';
import { FORMATS } from './format.js';
import { type Query, toAddress } from './query.js';
import type { Snapshot } from './snapshot.js';
import { TEXTS } from './texts/texts.js';
import { toMoment } from './times.js';
import { createClassicView, createNowView } from './view-figures.js';
import {
  createAddressesView,
  createGuestsView,
  createLostReplicasView,
  createReplicasView,
} from './view-lists.js';
import { createQueueView } from './view-queue.js';
import { createQuotasView } from './view-quotas.js';
import { createRequestsView } from './view-requests.js';
import { createStatusView, isEmpty } from './view-status.js';
import {
  createErrorsTable,
  createKeysTable,
  createModelsTable,
  type LimitsOfPublicKey,
} from './view-tables.js';

export type View = ReturnType<typeof createView>;

export function createView(snapshot: Snapshot, query: Query, config: LimitsOfPublicKey, language: Language) {
  const t = TEXTS[language];
  const format = FORMATS[language];
  const context = { query, language, t, format };
  return {
    at: toMoment(snapshot.now, 'time'),
    status: createStatusView(snapshot, t, format),
    /** Whether the figures are those of one replica, while the store is away. */
    isOwn: false,
    isEmpty: isEmpty(snapshot),
    classic: createClassicView(snapshot, t, format),
    now: createNowView(snapshot, t, format),
    queue: createQueueView(snapshot, context),
    terms: snapshot.planSharers < 2 ? undefined : t.quotas.terms(format.number(snapshot.planSharers)),
    quotas: createQuotasView(snapshot, context),
    ranges: RANGES.map((range) => ({
      range,
      label: t.trend.ranges[range],
      href: {
        overview: `${toAddress('overview', query, { range })}#trend`,
        upstreams: toAddress('upstreams', query, { range }),
      },
      isChosen: range === query.range,
    })),
    charts: drawCharts(snapshot, query.range, t, format),
    labelsSince: toMoment(snapshot.labelsSince, 'date'),
    csv: `/dashboard/keys.csv?range=${query.range}`,
    keys: createKeysTable(snapshot, config, context),
    models: createModelsTable(snapshot, context),
    errors: createErrorsTable(snapshot, context),
    requests: createRequestsView(snapshot, context),
    addresses: createAddressesView(snapshot, context),
    replicas: createReplicasView(snapshot, context),
    lostReplicas: createLostReplicasView(snapshot, context),
    guests: createGuestsView(snapshot, context),
  };
}
