/** An OpenAI-compatible server as an upstream: Z.ai's official API, BigModel, or a self-hosted GLM. */
import { randomUUID } from 'node:crypto';
import type { EventSink } from '../../completion/event-sink.js';
import type { UpstreamModel } from '../../completion/model-info.js';
import type { CompletionRequest } from '../../completion/request.js';
import type { Config } from '../../config/config.js';
import { UpstreamError } from '../../vocabulary/errors.js';
import type { PlanQuota } from '../../vocabulary/plan-quota.js';
import { observeAttempts } from '../attempts.js';
import { parseJson } from '../json.js';
import { modelsOf, officialModels } from '../models.js';
import type { PassedAnswer } from '../passed-answer.js';
import { findProduct } from '../product.js';
import { readEvents } from '../read-events.js';
import { repeatCall, withRetries } from '../retry.js';
import { forTextModel } from '../text-models.js';
import type { Connection, UpstreamResponse } from '../transport/connection.js';
import type { AttemptTarget, PostContext, StreamContext, Upstream, UpstreamCheck } from '../upstream.js';
import { AdaptedRequest } from './adapted-request.js';
import { unknownEndpointError, wrongUrlError } from './api-errors.js';
import { checkOpenai } from './check.js';
import { ChunkDecoder } from './chunk-decoder.js';
import { httpError } from './error-codes.js';
import { parseModelList } from './model-list.js';
import { buildQuotaUrl, parsePlanQuota } from './plan-quota.js';
import { type Endpoint, type Provider, parseEndpoint } from './provider.js';
import { RefusedFields } from './refused-fields.js';
import { checkForZai } from './zai-checks.js';

/** A router in front of many models lists hundreds of them, at up to a few KiB each. */
const MODEL_LIST_LIMIT = 4 * 1024 * 1024;
const QUOTA_LIMIT = 64 * 1024;
/** It was seen to take 22 s. */
const QUOTA_TIMEOUT_MS = 30_000;
const SELF_HOSTED_CURE = 'images need a model that reads them';
/** In traces. */
const PROVIDER_NAMES: Readonly<Record<Provider, string>> = { zai: 'z_ai', 'self-hosted': 'self_hosted' };

export type OpenaiOptions = Pick<Config, 'upstreamUserAgent'> & {
  readonly upstreamUrl: string;
  readonly zaiToken: string | undefined;
};

export interface OpenaiHooks {
  /** Called when the upstream has taken a request without a field that it refused, or ignored a schema; at most once an hour. */
  readonly onFieldRefused?: (field: string, model: string) => void;
  /** Milliseconds; for tests. */
  readonly now?: () => number;
}

export class OpenaiCompatibleUpstream implements Upstream {
  readonly unlistedModels: Upstream['unlistedModels'];
  readonly knownModels?: readonly UpstreamModel[];
  readonly readPlanQuota?: () => Promise<PlanQuota | undefined>;
  readonly #endpoint: Endpoint;
  readonly #refusedFields: RefusedFields;

  constructor(
    private readonly connection: Connection,
    private readonly options: OpenaiOptions,
    private readonly hooks: OpenaiHooks = {},
  ) {
    this.#refusedFields = new RefusedFields(hooks.now);
    this.#endpoint = parseEndpoint(options.upstreamUrl);
    const isOfficial = this.#endpoint.provider === 'zai';
    this.unlistedModels = isOfficial ? 'glm' : 'any';
    if (isOfficial) this.knownModels = modelsOf('api');
    const isPlan = findProduct(options.upstreamUrl)?.isCodingPlan && options.zaiToken !== undefined;
    if (isPlan) this.readPlanQuota = () => this.#readPlanQuota().catch(() => undefined);
  }

  /** What the server lists; on the official bases together with the table, which is metadata laid over both. */
  async models(): Promise<readonly UpstreamModel[]> {
    const listed = await this.fetchModels();
    return this.#endpoint.provider === 'zai' ? officialModels(listed) : listed;
  }

  /** `GET {base}/models`. Rejects with an ApiError when the upstream does not answer with a list. */
  async fetchModels(): Promise<readonly UpstreamModel[]> {
    const response = await this.connection.open({
      method: 'GET',
      url: this.#endpoint.modelsUrl,
      headers: this.#headers('application/json'),
    });
    const text = await response.text(MODEL_LIST_LIMIT);
    if (response.status === 404) throw wrongUrlError();
    if (response.status !== 200) throw httpError(response.status, text, response.retryAfterMs);
    const models = parseModelList(parseJson(text));
    if (models !== undefined) return models;
    throw new UpstreamError('The upstream’s list of models is not a list.', { code: 'upstream_no_models' });
  }

  async stream(request: CompletionRequest, context: StreamContext, sink: EventSink): Promise<void> {
    const { provider } = this.#endpoint;
    const { onFieldRefused } = this.hooks;
    const readable = provider === 'zai' ? checkForZai(request) : forTextModel(request, SELF_HOSTED_CURE);
    const adapted = new AdaptedRequest(readable, { provider, refused: this.#refusedFields, onFieldRefused });
    const target = () => this.#describe('chat', request.model.id);
    const call = observeAttempts(context, target, async (to: EventSink) => {
      const response = await this.#post(adapted.body, context);
      const decoder = new ChunkDecoder(newCallId, context.served);
      await readEvents(response.body, adapted.watch(decoder), to);
    });
    await withRetries(call, sink, context.signal, adapted);
  }

  async post(path: string, json: string, context: PostContext): Promise<PassedAnswer> {
    const { signal, model } = context;
    const target = () => this.#describe(path.slice(1), model);
    const readHead = async () => {
      const response = await this.#send(this.#endpoint.buildUrl(path), 'application/json', json, context);
      if (response.status !== 200) {
        const error = httpError(response.status, await response.text(), response.retryAfterMs);
        const isMissing = response.status === 404 || response.status === 405;
        throw isMissing && error.code !== 'model_not_found' ? unknownEndpointError(path) : error;
      }
      return {
        contentType: response.header('content-type'),
        contentLength: response.header('content-length'),
        body: response.body,
      };
    };
    return repeatCall(observeAttempts(context, target, readHead, false), signal);
  }

  check(): UpstreamCheck {
    return checkOpenai({
      provider: this.#endpoint.provider,
      hasToken: this.options.zaiToken !== undefined,
      countModels: async () => (await this.fetchModels()).length,
      post: (body) => this.#post(body, { requestId: randomUUID() }),
      createDecoder: (served) => new ChunkDecoder(newCallId, served),
    });
  }

  async #readPlanQuota(): Promise<PlanQuota | undefined> {
    const { upstreamUrl, upstreamUserAgent: userAgent, zaiToken: authorization = '' } = this.options;
    const response = await this.connection.open({
      method: 'GET',
      url: buildQuotaUrl(upstreamUrl),
      headers: { accept: 'application/json', 'user-agent': userAgent, authorization },
      signal: AbortSignal.timeout(QUOTA_TIMEOUT_MS),
    });
    const text = await response.text(QUOTA_LIMIT);
    return response.status === 200 ? parsePlanQuota(parseJson(text), Date.now()) : undefined;
  }

  #describe(operation: string, model: string): AttemptTarget {
    const { provider, completionsUrl } = this.#endpoint;
    return { url: completionsUrl, provider: PROVIDER_NAMES[provider], operation, model };
  }

  async #post(
    body: string,
    context: Pick<StreamContext, 'requestId'> & Partial<StreamContext>,
  ): Promise<UpstreamResponse> {
    const response = await this.#send(this.#endpoint.completionsUrl, 'text/event-stream', body, context);
    if (response.status === 200) return response;
    throw httpError(response.status, await response.text(), response.retryAfterMs);
  }

  async #send(
    url: string,
    accept: string,
    body: string,
    { requestId, signal, trace }: Pick<StreamContext, 'requestId'> & Partial<StreamContext>,
  ): Promise<UpstreamResponse> {
    const headers = {
      ...this.#headers(accept),
      'content-type': 'application/json',
      'x-request-id': requestId,
      ...trace?.headers,
    };
    const response = await this.connection.open({ method: 'POST', url, body, signal, headers });
    trace?.observeStatus(response.status);
    return response;
  }

  #headers(accept: string): Record<string, string> {
    const { zaiToken, upstreamUserAgent } = this.options;
    return {
      accept,
      'user-agent': upstreamUserAgent,
      ...(zaiToken === undefined ? {} : { authorization: `Bearer ${zaiToken}` }),
    };
  }
}

function newCallId(): string {
  return `call_${randomUUID().replaceAll('-', '')}`;
}
