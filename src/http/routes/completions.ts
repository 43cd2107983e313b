/** Every endpoint that answers a completion, in whatever protocol: parse, stream, encode, send. */
import { randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';
import { collect } from '../../completion/collect.js';
import type { CompletionEvent } from '../../completion/event.js';
import type { ClientRequest } from '../../completion/request.js';
import type { ThinkingMode } from '../../completion/thinking-output.js';
import type { Config } from '../../config/config.js';
import type { TurnIdentity } from '../../conversations/conversations.js';
import type { Logger } from '../../logger.js';
import type { AnswerEncoder, ClientProtocol } from '../../protocol/protocol.js';
import type { ModelCatalog } from '../../upstream/model-catalog.js';
import { type CompletionDeps, complete } from '../complete.js';
import { logUnexpected, toApiError } from '../middleware/handle-errors.js';
import { type StreamTiming, sendStream } from '../send-stream.js';
import { ServedModel } from '../served-model.js';
import { type Trace, traceOf } from '../trace.js';

export interface CompletionsDeps extends CompletionDeps {
  readonly catalog: ModelCatalog;
  readonly config: Pick<Config, 'enableThinking' | 'defaultStream' | 'thinkingOutput' | 'zaiToken'>;
  readonly log: Logger;
  readonly streamTiming?: StreamTiming | undefined;
}

export function completions<Asked extends ClientRequest>(
  protocol: ClientProtocol<Asked>,
  deps: CompletionsDeps,
) {
  const { config, catalog } = deps;
  return async (req: Request, res: Response): Promise<void> => {
    const trace = traceOf(res);
    const asked = protocol.parse(req.body, config.enableThinking);
    trace.model = asked.model;
    const model = await catalog.resolve(asked.model);
    trace.model = model.name;
    const served = new ServedModel(asked.model, model, catalog);
    trace.served = served;
    trace.streamed = asked.stream ?? wantsStream(req, config.defaultStream);
    const thinkingMode = thinkingModeOf(protocol, asked, config);
    const events = complete({ ...asked, model }, identityOf(req, asked, trace), trace, thinkingMode, deps);
    const encoder = protocol.encoder(
      {
        uuid: randomUUID(),
        created: unixSeconds(),
        now: unixSeconds,
        model: asked.model,
        requestId: trace.requestId,
      },
      asked,
    );
    if (trace.streamed) await sendEvents(res, events, encoder, { trace, served }, deps);
    else await sendWhole(res, events, encoder, { trace, served });
  };
}

function unixSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** Thinking stays out of the text where the protocol has a place of its own for it, and where the text is to be JSON. */
function thinkingModeOf(
  { thinkingApart }: Pick<ClientProtocol, 'thinkingApart'>,
  { responseFormat }: ClientRequest,
  { thinkingOutput }: Pick<Config, 'thinkingOutput'>,
): ThinkingMode {
  if (thinkingOutput === 'hide') return 'hide';
  return thinkingApart || responseFormat.type !== 'text' ? 'reasoning_content' : thinkingOutput;
}

interface Told {
  readonly trace: Trace;
  readonly served: ServedModel;
}

/** Headers that are known as the response begins. */
function headersOf({ trace, served }: Told): Record<string, string> {
  return { 'server-timing': trace.serverTiming(), ...served.headers() };
}

async function sendWhole(
  res: Response,
  events: AsyncIterable<CompletionEvent[]>,
  encoder: AnswerEncoder,
  told: Told,
): Promise<void> {
  const answer = await collect(events);
  res.set(headersOf(told));
  res.json(encoder.whole(answer));
}

async function sendEvents(
  res: Response,
  events: AsyncIterable<CompletionEvent[]>,
  encoder: AnswerEncoder,
  told: Told,
  { config, streamTiming, log }: CompletionsDeps,
): Promise<void> {
  const { trace, served } = told;
  trace.error = await sendStream(
    res,
    events,
    {
      encode: (read) => served.comment() + encoder.encode(read),
      toError: (thrown) => toApiError(thrown, trace, config.zaiToken),
      fail: (error) => encoder.fail(error),
      keepAlive: () => encoder.keepAlive?.() ?? ': keep-alive\n\n',
      headers: () => headersOf(told),
    },
    trace.signal,
    streamTiming,
  );
  if (trace.error) logUnexpected(trace.error, trace.requestId, log);
}

/** For a request that leaves `stream` out: most SDKs that do cannot read a stream, people at a terminal like one. */
export function wantsStream(req: Request, defaultStream: Config['defaultStream']): boolean {
  if (req.get('accept')?.toLowerCase().includes('text/event-stream')) return true;
  if (defaultStream !== 'true') return defaultStream === 'always';
  return /^(curl|wget|httpie)\//i.test(req.get('user-agent') ?? '');
}

function identityOf(req: Request, asked: ClientRequest, trace: Trace): TurnIdentity {
  const { keyName = '', isPublic = true } = trace.caller ?? {};
  const sessionHeader = req.get('session_id') || req.get('session-id') || req.get('x-session-affinity');
  return {
    // Everybody has the public key: there the address tells users apart.
    tenant: isPublic ? `public ${trace.clientAddress}` : `key ${keyName}`,
    // An empty header names no conversation: otherwise all that send it would share one.
    id: req.get('x-conversation-id') || asked.conversationId || sessionHeader || asked.sessionId,
    messages: asked.messages,
  };
}
