/** Checks the upstream without using tokens: it answers, accepts the credential, and lists its models. */
import type { Config } from '../config/config.js';
import type { UpstreamEntry } from '../config/upstream-entry.js';
import { createUpstream } from '../upstream/create-upstream.js';
import { ModelCatalog } from '../upstream/model-catalog.js';
import { findProduct } from '../upstream/product.js';
import { describeProxy } from '../upstream/transport/proxy.js';
import type { Upstream } from '../upstream/upstream.js';
import { attempt, describeError, findCure } from './attempt.js';
import type { Report } from './report.js';

export async function checkUpstream(config: Config, report: Report): Promise<void> {
  for (const entry of config.upstreams) await checkEntry(entry, config, report);
}

async function checkEntry(entry: UpstreamEntry, config: Config, report: Report): Promise<void> {
  const { name, url, protocol } = entry;
  report.title(`Upstream ${config.upstreamsFile === undefined ? '' : `${name}: `}${url} (${protocol})`);
  const named = config.upstreamsFile === undefined ? undefined : name;
  const upstream = createUpstream(entry, config);
  const { claim, reach } = upstream.check();
  const notes = await attempt(
    report,
    claim.replace('ZAI_TOKEN', entry.tokenVariable ?? 'its token'),
    reach,
    named,
  );
  for (const note of notes ?? []) report.note(note);
  reportProduct(url, report);
  report.note(`it is asked through ${describeProxy(url, config) ?? 'no proxy'}`);
  if (entry.models === undefined) await reportModels(upstream, config, report, named);
  else report.note(`models: ${Object.entries(entry.models).map(describeModel).join(', ')}`);
  if (entry.owner !== undefined) report.note(`it serves ${entry.owner} only`);
}

function describeModel([name, id]: readonly [string, string]): string {
  return name === id ? name : `${name} (${id})`;
}

function reportProduct(url: string, report: Report): void {
  const product = findProduct(url);
  if (product === undefined) return;
  const terms = product.isCodingPlan ? ': for one person and the coding tools that Z.ai lists' : '';
  report.note(`its base is that of ${product.name}${terms}`);
}

async function reportModels(
  upstream: Upstream,
  config: Config,
  report: Report,
  entry: string | undefined,
): Promise<void> {
  try {
    const models = await new ModelCatalog(upstream, config).list();
    const [standard] = models;
    if (standard) report.note(`the default model ${standard.name} is asked for as ${standard.id}`);
    report.good(`models: ${models.map(({ name, id }) => describeModel([name, id])).join(', ')}`);
  } catch (error) {
    report.bad(`no list of models: ${describeError(error)}`, findCure(error, entry));
  }
}
