/** Endpoints that pass requests and answers as they are: embeddings, reranking. */
import { once } from 'node:events';
import type { Request, Response } from 'express';
import type { Usage } from '../../completion/event.js';
import type { PriceList } from '../../pricing/price-list.js';
import {
  findUsage,
  type PassThroughEndpoint,
  parsePassThrough,
  USAGE_WINDOW_BYTES,
} from '../../protocol/pass-through.js';
import type { Route, RoutePlan, Router } from '../../routing/route.js';
import type { ModelCatalog } from '../../upstream/model-catalog.js';
import type { PassedAnswer } from '../../upstream/passed-answer.js';
import { NotFoundError } from '../../vocabulary/errors.js';
import { inSlot, type Slots } from '../in-slot.js';
import { requireModel } from '../model-access.js';
import { QueueWait } from '../queue-wait.js';
import type { BudgetDeps } from '../request-budget.js';
import { getLocals } from '../request-locals.js';
import type { RequestMeter } from '../request-meter.js';
import { type QueueConfig, takeSeat } from '../request-slot.js';

export interface PassThroughDeps extends BudgetDeps {
  readonly router: Router;
  readonly catalog: Pick<ModelCatalog, 'findId' | 'findName'>;
  readonly slots: Slots;
  readonly prices: Pick<PriceList, 'find'>;
  readonly config: QueueConfig;
}

export function passThrough(endpoint: PassThroughEndpoint, deps: PassThroughDeps) {
  return async (req: Request, res: Response): Promise<void> => {
    const locals = getLocals(res);
    const { context, meter } = locals;
    const request = parsePassThrough(req.body, endpoint);
    meter.setModel(request.model);
    const model = { id: deps.catalog.findId(request.model), name: request.model };
    requireModel(context.caller, deps.catalog.findName(request.model));
    const wait = new QueueWait();
    // Requests do not belong together.
    const conversation = () => context.id;
    // As for messages: about four bytes a token. The answer has none.
    const size = () => ({
      inputTokens: Math.ceil(Buffer.byteLength(JSON.stringify(req.body)) / 4),
      maxTokens: 0,
    });
    const seat = takeSeat(locals, { model, conversation, isStreamed: false, wait, size }, deps);
    const { budget } = seat;
    const plan = () => selectPosting(seat.plan(), endpoint);
    plan();
    const { id: requestId, signal } = context;
    const { trace } = meter;
    const ask = async (route: Route) => {
      budget?.startCall(route);
      const { id: model } = route.model;
      meter.startCall(deps.prices.find(route.entry, model));
      const asked = { requestId, signal, model, trace, attempts: meter };
      const answer = await route.upstream.post?.(endpoint.upstreamPath, request.toJson(model), asked);
      if (answer === undefined) return;
      meter.endWait();
      res.set(budget?.headers() ?? {});
      const usage = await send(answer, res, meter, signal);
      budget?.endCall(usage);
    };
    try {
      await inSlot({ ...seat, plan }, ask, () => res.headersSent);
    } catch (error) {
      if (!res.headersSent && !signal.aborted) budget?.failCall();
      throw error;
    } finally {
      budget?.endCall(undefined);
      budget?.settle();
    }
    res.end();
  };
}

/** The plan with those upstreams that have such endpoints. */
function selectPosting(plan: RoutePlan, { noun }: PassThroughEndpoint): RoutePlan {
  const routes = plan.routes.filter(({ upstream }) => upstream.post !== undefined);
  if (routes.length > 0) return { ...plan, routes };
  throw new NotFoundError(`The gateway’s upstream has no ${noun}.`, { code: 'unknown_url' });
}

/** Sends an answer with its headers. @returns the usage that it tells, which is noted */
async function send(
  answer: PassedAnswer,
  res: Response,
  meter: RequestMeter,
  signal: AbortSignal,
): Promise<Usage | undefined> {
  const { contentType = 'application/json', contentLength } = answer;
  res.set({ 'content-type': contentType, 'server-timing': meter.serverTiming(), ...meter.queueHeaders() });
  if (contentLength !== undefined) res.set('content-length', contentLength);
  const usage = await sendBody(answer, res, signal);
  if (usage !== undefined) meter.setUsage(usage);
  return usage;
}

/** Writes the answer as it comes, at the client's pace. @returns the usage that it tells */
async function sendBody({ body }: PassedAnswer, res: Response, signal: AbortSignal) {
  let beginning = Buffer.alloc(0);
  let end = Buffer.alloc(0);
  for await (const bytes of body) {
    if (beginning.length < USAGE_WINDOW_BYTES) {
      beginning = Buffer.concat([beginning, bytes.subarray(0, USAGE_WINDOW_BYTES - beginning.length)]);
    }
    end = Buffer.concat([end, bytes.subarray(-USAGE_WINDOW_BYTES)]).subarray(-USAGE_WINDOW_BYTES);
    if (!res.write(bytes)) await once(res, 'drain', { signal });
    signal.throwIfAborted();
  }
  return findUsage(beginning.toString('latin1'), end.toString('latin1'));
}
