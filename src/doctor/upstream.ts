/** Does the upstream answer, does it accept the credential, which models has it? Costs no tokens. */
import type { Config } from '../config/config.js';
import { createUpstream } from '../gateway.js';
import { ModelCatalog } from '../upstream/model-catalog.js';
import { OpenaiCompatibleUpstream } from '../upstream/openai-compatible/client.js';
import { productOf } from '../upstream/openai-compatible/product.js';
import { Connection } from '../upstream/transport/connection.js';
import { describeProxy } from '../upstream/transport/proxy.js';
import { findErrorCode } from '../vocabulary/error-codes.js';
import { ApiError } from '../vocabulary/errors.js';
import type { Report } from './report.js';

export async function checkUpstream(config: Config, report: Report): Promise<void> {
  report.title(`Upstream ${config.upstreamUrl} (${config.upstreamProtocol})`);
  if (config.upstreamProtocol === 'zai-web') await checkWeb(config, report);
  else await checkOpenai(config, report);
  sayProduct(config, report);
  report.note(`it is asked through ${describeProxy(config) ?? 'no proxy'}`);
  await sayModels(config, report);
}

/** A guest token is what the web chat gives anybody; a configured token is shown to be known by the same route. */
async function checkWeb(config: Config, report: Report): Promise<void> {
  if (config.zaiToken === undefined) {
    await attempt(
      report,
      'it gives guest tokens',
      async () => void (await createUpstream(config).mintGuestToken()),
    );
    return;
  }
  await attempt(report, 'it answers and accepts ZAI_TOKEN', async () => {
    const url = new URL('/api/v1/auths/', config.upstreamUrl).href;
    const headers = {
      authorization: `Bearer ${config.zaiToken}`,
      'user-agent': config.upstreamUserAgent,
      'x-fe-version': config.upstreamFeVersion,
    };
    const response = await new Connection(config).open({ method: 'GET', url, headers });
    response.discard();
    if (response.status !== 200) throw webRefusal(response.status);
  });
}

function webRefusal(status: number): ApiError {
  if (status === 401 || status === 403) return new ApiError('upstream_unauthorized', `it answers ${status}`);
  return new ApiError('upstream_refused', `it answers ${status}`);
}

async function checkOpenai(config: Config, report: Report): Promise<void> {
  const upstream = new OpenaiCompatibleUpstream(new Connection(config), config);
  await attempt(
    report,
    config.zaiToken === undefined ? 'it answers' : 'it answers and accepts ZAI_TOKEN',
    async () => {
      const models = await upstream.fetchModels();
      if (upstream.unlistedModels !== 'any') report.note(`it lists ${models.length} models itself`);
    },
  );
}

function sayProduct({ upstreamUrl }: Config, report: Report): void {
  const product = productOf(upstreamUrl);
  if (product === undefined) return;
  const terms = product.isCodingPlan ? ': for one person and the coding tools that Z.ai lists' : '';
  report.note(`its base is that of ${product.name}${terms}`);
}

async function sayModels(config: Config, report: Report): Promise<void> {
  try {
    const models = await new ModelCatalog(createUpstream(config).upstream, config).list();
    const [standard] = models;
    if (standard) report.note(`the default model ${standard.name} is asked for as ${standard.id}`);
    report.good(
      `models: ${models.map(({ name, id }) => (name === id ? name : `${name} (${id})`)).join(', ')}`,
    );
  } catch (error) {
    report.bad(`no list of models: ${words(error)}`, cure(error));
  }
}

export async function attempt(report: Report, what: string, action: () => Promise<void>): Promise<boolean> {
  const startedAt = performance.now();
  try {
    await action();
    report.good(`${what} (${Math.round(performance.now() - startedAt)} ms)`);
    return true;
  } catch (error) {
    report.bad(`${what}: no. ${words(error)}`, cure(error));
    return false;
  }
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function cure(error: unknown): string {
  const code = error instanceof ApiError ? error.code : null;
  return (
    findErrorCode(code)?.cure ?? 'Read the message; docs/operations.md has a section on troubleshooting.'
  );
}
