/** All that the page shows, in words: what the views in `views/dashboard/` write down without deciding anything. Pure. */
import type { Language } from '../pages/language.js';
import { RANGES } from '../vocabulary/periods.js';
import { chartsOf } from './charts.js';
import { Format } from './format.js';
import { addressOf, type Query } from './query.js';
import type { Snapshot } from './snapshot.js';
import { TEXTS } from './texts/texts.js';
import { moment } from './times.js';
import { classicView, nowView } from './view-figures.js';
import { addressesView, guestsView, lostReplicasView, replicasView } from './view-lists.js';
import { requestsView } from './view-requests.js';
import { isEmpty, statusView } from './view-status.js';
import { errorsTable, keysTable, type LimitsOfPublicKey, modelsTable } from './view-tables.js';

/** Made once: to learn a language's numbers takes longer than to write them. */
const FORMATS: Readonly<Record<Language, Format>> = {
  en: new Format('en', TEXTS.en),
  zh: new Format('zh', TEXTS.zh),
};

export type View = ReturnType<typeof viewOf>;

export function viewOf(snapshot: Snapshot, query: Query, config: LimitsOfPublicKey, language: Language) {
  const t = TEXTS[language];
  const format = FORMATS[language];
  const context = { query, language, t, format };
  return {
    at: moment(snapshot.now, 'time'),
    status: statusView(snapshot, t, format),
    isEmpty: isEmpty(snapshot),
    classic: classicView(snapshot, t, format),
    now: nowView(snapshot, t, format),
    ranges: RANGES.map((range) => ({
      range,
      label: t.trend.ranges[range],
      href: `${addressOf(query, { range })}#trend`,
      isChosen: range === query.range,
    })),
    charts: chartsOf(snapshot, query.range, t, format),
    labelsSince: moment(snapshot.labelsSince, 'date'),
    csv: `/dashboard/keys.csv?range=${query.range}`,
    keys: keysTable(snapshot, config, context),
    models: modelsTable(snapshot, context),
    errors: errorsTable(snapshot, context),
    requests: requestsView(snapshot, context),
    addresses: addressesView(snapshot, context),
    replicas: replicasView(snapshot, context),
    lostReplicas: lostReplicasView(snapshot, context),
    guests: guestsView(snapshot, context),
  };
}
