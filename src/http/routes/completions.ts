/** Every endpoint that answers a completion, in any client protocol: parse, complete, encode, send. */
import { randomBytes } from 'node:crypto';
import type { Request, Response } from 'express';
import { AnswerCollector } from '../../completion/collect.js';
import type { EventSink } from '../../completion/event-sink.js';
import type { ClientRequest } from '../../completion/request.js';
import type { ThinkingMode } from '../../completion/thinking-output.js';
import { estimatePromptTokens } from '../../completion/usage-count.js';
import type { Config } from '../../config/config.js';
import type { TurnIdentity } from '../../conversations/conversations.js';
import type { KeptResponses } from '../../kept-responses/kept-responses.js';
import type { Logger } from '../../logger.js';
import type { AnswerEncoder, ClientProtocol } from '../../protocol/protocol.js';
import { nameConversation } from '../../routing/conversation.js';
import type { Router } from '../../routing/route.js';
import type { ModelCatalog } from '../../upstream/model-catalog.js';
import type { AskedUpstream } from '../asked-upstream.js';
import { type CompletionDeps, complete } from '../complete.js';
import type { Slots } from '../in-slot.js';
import { logUnexpected, toApiError } from '../middleware/handle-errors.js';
import { requireModel } from '../model-access.js';
import { QueueWait } from '../queue-wait.js';
import type { BudgetDeps, RequestBudget } from '../request-budget.js';
import type { RequestContext } from '../request-context.js';
import { getLocals } from '../request-locals.js';
import type { RequestMeter } from '../request-meter.js';
import { type QueueConfig, takeSeat } from '../request-slot.js';
import { findSealing } from '../sealing-access.js';
import { type StreamTiming, sendStream } from '../send-stream.js';
import { ServedModel } from '../served-model.js';

export interface CompletionsDeps extends CompletionDeps, BudgetDeps {
  readonly catalog: ModelCatalog;
  readonly router: Router;
  readonly config: Pick<Config, 'enableThinking' | 'defaultStream' | 'thinkingOutput'> & QueueConfig;
  readonly slots: Slots;
  readonly log: Logger;
  readonly streamTiming?: StreamTiming | undefined;
  /** `undefined` when no response is kept. */
  readonly kept?: KeptResponses | undefined;
}

export function completions<Asked extends ClientRequest>(
  protocol: ClientProtocol<Asked>,
  deps: CompletionsDeps,
) {
  const { config, catalog } = deps;
  return async (req: Request, res: Response): Promise<void> => {
    const { context, meter } = getLocals(res);
    const kept = protocol.keepsResponses ? deps.kept : undefined;
    const deriveSealing = findSealing(context.caller);
    const recalled = deriveSealing && (await kept?.recall(req.body, deriveSealing));
    const asked = protocol.parse(req.body, config.enableThinking, recalled);
    meter.setModel(asked.model);
    const model = await catalog.resolve(asked.model);
    meter.setModel(model.name);
    requireModel(context.caller, model.name);
    const served = new ServedModel(asked.model, model, catalog);
    meter.setServedModel(served);
    const isStreamed = asked.stream ?? wantsStream(req, config.defaultStream);
    meter.setStreamed(isStreamed);
    const thinkingMode = chooseThinkingMode(protocol, asked, config);
    const wait = new QueueWait();
    const { isFlexible } = asked;
    const identity = identifyTurn(req, asked, context);
    const conversation = () => nameConversation(identity);
    const size = () => ({
      inputTokens: estimatePromptTokens(asked),
      maxTokens: asked.sampling.maxTokens,
    });
    const seat = takeSeat(getLocals(res), { model, conversation, isStreamed, isFlexible, wait, size }, deps);
    const completion = {
      seat,
      request: { ...asked, model },
      identity,
      isStreamed,
      thinkingMode,
      served,
    };
    const answer = (sink: EventSink) => complete(completion, context, meter, deps, sink);
    const encoder = protocol.encoder(
      {
        uuid: randomBytes(16).toString('hex'),
        created: unixSeconds(),
        now: unixSeconds,
        model: asked.model,
        requestId: context.id,
        keep: deriveSealing && kept?.createKeeper(req.body, deriveSealing),
      },
      asked,
    );
    const told = { served, wait, upstream: seat.asked, budget: seat.budget };
    try {
      if (isStreamed) await sendEvents(res, answer, encoder, told, deps);
      else await sendWhole(res, answer, encoder, told);
    } finally {
      seat.budget?.settle();
    }
  };
}

function unixSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** Thinking stays out of the text if the protocol has a field for it, or if the text is to be JSON. */
function chooseThinkingMode(
  { thinkingApart }: Pick<ClientProtocol, 'thinkingApart'>,
  { responseFormat }: ClientRequest,
  { thinkingOutput }: Pick<Config, 'thinkingOutput'>,
): ThinkingMode {
  if (thinkingOutput === 'hide') return 'hide';
  return thinkingApart || responseFormat.type !== 'text' ? 'reasoning_content' : thinkingOutput;
}

/** Headers that are known when the response begins. */
function getHeaders(meter: RequestMeter, { served, wait, upstream, budget }: Told): Record<string, string> {
  return {
    'server-timing': meter.serverTiming(),
    ...served.headers(),
    ...wait.headers(),
    ...upstream.headers(),
    ...budget?.headers(),
  };
}

/** What the client is told beside the answer. */
interface Told {
  readonly served: ServedModel;
  readonly wait: QueueWait;
  readonly upstream: AskedUpstream;
  readonly budget: RequestBudget | undefined;
}

async function sendWhole(
  res: Response,
  answer: (sink: EventSink) => Promise<void>,
  encoder: AnswerEncoder,
  told: Told,
): Promise<void> {
  const collector = new AnswerCollector();
  await answer(collector);
  const collected = collector.answer();
  const { meter } = getLocals(res);
  res.set({ ...getHeaders(meter, told), ...meter.costHeaders() });
  res.json(await encoder.whole(collected));
}

async function sendEvents(
  res: Response,
  answer: (sink: EventSink) => Promise<void>,
  encoder: AnswerEncoder,
  told: Told,
  { router, streamTiming, log }: CompletionsDeps,
): Promise<void> {
  const { context, meter } = getLocals(res);
  const { served, wait, upstream, budget } = told;
  const error = await sendStream(
    res,
    answer,
    {
      encode: (read) =>
        withComment(
          wait.comment() + upstream.comment() + served.comment() + (budget?.comment() ?? ''),
          encoder.encode(read),
        ),
      toError: (thrown) => toApiError(thrown, context, router, res.req.body),
      fail: (reason) => wait.comment() + encoder.fail(reason),
      keepAlive: () => encoder.keepAlive?.() ?? wait.keepAlive() ?? ': keep-alive\n\n',
      isQueued: () => wait.isWaiting,
      headers: () => getHeaders(meter, told),
    },
    context.signal,
    streamTiming,
  );
  if (error === undefined) return;
  meter.fail(error);
  logUnexpected(error, context.id, log);
}

function withComment(comment: string, text: string | Promise<string>): string | Promise<string> {
  return typeof text === 'string' ? comment + text : text.then((later) => comment + later);
}

/** For a request without `stream`: most SDKs that leave it out cannot read a stream; people at a terminal want one. */
export function wantsStream(req: Request, defaultStream: Config['defaultStream']): boolean {
  if (req.get('accept')?.toLowerCase().includes('text/event-stream')) return true;
  if (defaultStream !== 'true') return defaultStream === 'always';
  return /^(curl|wget|httpie)\//i.test(req.get('user-agent') ?? '');
}

function identifyTurn(
  req: Request,
  asked: ClientRequest,
  { caller, clientAddress }: RequestContext,
): TurnIdentity {
  const { keyName = '', isPublic = true } = caller ?? {};
  const sessionHeader = req.get('session_id') || req.get('session-id') || req.get('x-session-affinity');
  return {
    // The public key is shared: its users are told apart by address.
    tenant: isPublic ? `public ${clientAddress}` : `key ${keyName}`,
    // An empty header counts as missing: otherwise all requests that send it would share a conversation.
    id: req.get('x-conversation-id') || asked.conversationId || sessionHeader || asked.sessionId,
    messages: asked.messages,
  };
}
