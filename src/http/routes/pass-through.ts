/** Endpoints that pass requests and answers as they are: embeddings, reranking. */
import { once } from 'node:events';
import type { Request, Response } from 'express';
import {
  findUsage,
  type PassThroughEndpoint,
  parsePassThrough,
  USAGE_WINDOW_BYTES,
} from '../../protocol/pass-through.js';
import type { ModelCatalog } from '../../upstream/model-catalog.js';
import type { PassedAnswer } from '../../upstream/passed-answer.js';
import type { Upstream } from '../../upstream/upstream.js';
import { NotFoundError } from '../../vocabulary/errors.js';
import { getLocals } from '../request-locals.js';

export interface PassThroughDeps {
  readonly upstream: Pick<Upstream, 'post'>;
  readonly catalog: Pick<ModelCatalog, 'findId'>;
}

export function passThrough(endpoint: PassThroughEndpoint, { upstream, catalog }: PassThroughDeps) {
  return async (req: Request, res: Response): Promise<void> => {
    const { context, meter } = getLocals(res);
    const request = parsePassThrough(req.body, endpoint);
    meter.setModel(request.model);
    if (upstream.post === undefined) {
      throw new NotFoundError(`The gateway’s upstream has no ${endpoint.noun}.`, {
        code: 'unknown_url',
      });
    }
    meter.startCall();
    const { id: requestId, signal } = context;
    const json = request.toJson(catalog.findId(request.model));
    const answer = await upstream.post(endpoint.upstreamPath, json, { requestId, signal });
    meter.endWait();
    const { contentType = 'application/json', contentLength } = answer;
    res.set({ 'content-type': contentType, 'server-timing': meter.serverTiming() });
    if (contentLength !== undefined) res.set('content-length', contentLength);
    const usage = await send(answer, res, signal);
    if (usage !== undefined) meter.setUsage(usage);
    res.end();
  };
}

/** Writes the answer as it comes, at the client's pace. @returns the usage that it tells */
async function send({ body }: PassedAnswer, res: Response, signal: AbortSignal) {
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
