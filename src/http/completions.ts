/** POST /v1/chat/completions: parse, stream, encode, send. */
import { randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';
import { collect } from '../completion/collect.js';
import type { CompletionEvent } from '../completion/event.js';
import type { Config } from '../config.js';
import type { TurnIdentity } from '../conversations/conversations.js';
import type { Logger } from '../logger.js';
import { ChunkEncoder, completionBody } from '../protocol/openai-chat/encoder.js';
import { type ChatRequest, parseChatRequest } from '../protocol/openai-chat/parse-request.js';
import type { ModelCatalog } from '../upstream/model-catalog.js';
import { type CompletionDeps, complete } from './complete.js';
import { logUnexpected, toApiError } from './middleware/handle-errors.js';
import { type StreamTiming, sendStream } from './send-stream.js';
import { type Trace, traceOf } from './trace.js';

export interface ChatDeps extends CompletionDeps {
  readonly catalog: ModelCatalog;
  readonly config: Pick<Config, 'enableThinking' | 'defaultStream'>;
  readonly log: Logger;
  readonly streamTiming?: StreamTiming | undefined;
}

export function chatCompletions(deps: ChatDeps) {
  return async (req: Request, res: Response): Promise<void> => {
    const trace = traceOf(res);
    const chat = parseChatRequest(req.body, deps.config.enableThinking);
    trace.model = chat.model;
    const model = await deps.catalog.resolve(chat.model);
    trace.model = model.name;
    trace.streamed = chat.stream ?? wantsStream(req, deps.config.defaultStream);
    const events = complete({ ...chat, model }, identityOf(req, chat, trace), trace, deps);
    const head = {
      id: `chatcmpl-${randomUUID()}`,
      created: Math.floor(Date.now() / 1000),
      model: model.name,
    };
    if (!trace.streamed) {
      const answer = await collect(events);
      res.setHeader('server-timing', trace.serverTiming());
      res.json(completionBody(head, answer));
      return;
    }
    const encoder = new ChunkEncoder(head, chat.includeUsage);
    const toError = (thrown: unknown) => toApiError(thrown, trace);
    const fail = encoder.fail.bind(encoder);
    trace.error = await sendStream(
      res,
      encoded(events, encoder),
      { toError, fail, serverTiming: () => trace.serverTiming() },
      trace.signal,
      deps.streamTiming,
    );
    if (trace.error) logUnexpected(trace.error, trace.requestId, deps.log);
  };
}

async function* encoded(reads: AsyncIterable<CompletionEvent[]>, encoder: ChunkEncoder) {
  for await (const events of reads) yield encoder.encode(events);
}

/** For a request that leaves `stream` out: most SDKs that do cannot read a stream, people at a terminal like one. */
export function wantsStream(req: Request, defaultStream: Config['defaultStream']): boolean {
  if (req.get('accept')?.toLowerCase().includes('text/event-stream')) return true;
  if (defaultStream !== 'true') return defaultStream === 'always';
  return /^(curl|wget|httpie)\//i.test(req.get('user-agent') ?? '');
}

function identityOf(req: Request, chat: ChatRequest, trace: Trace): TurnIdentity {
  const { keyName = '', isPublic = true } = trace.caller ?? {};
  const sessionHeader = req.get('session_id') || req.get('x-session-affinity');
  return {
    // Everybody has the public key: there the address tells users apart.
    tenant: isPublic ? `public ${trace.clientAddress}` : `key ${keyName}`,
    // An empty header names no conversation: otherwise all that send it would share one.
    id: req.get('x-conversation-id') || chat.conversationId || sessionHeader || chat.sessionId,
    messages: chat.messages,
  };
}
