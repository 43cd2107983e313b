/** The middle of every completion, whatever the client's protocol: request in, events as the client is to see them out. */
import { Answer, MAX_HELD_BYTES } from '../completion/answer.js';
import { addUsage, type CompletionEvent } from '../completion/event.js';
import { inResponseFormat } from '../completion/json-answer.js';
import type { CheckThreads } from '../completion/json-checks/check-threads.js';
import type { CompletionRequest } from '../completion/request.js';
import type { ThinkingMode } from '../completion/thinking-output.js';
import type { Conversations, TurnIdentity } from '../conversations/conversations.js';
import type { StreamContext, Upstream } from '../upstream/upstream.js';
import type { Trace } from './trace.js';

export interface CompletionDeps {
  readonly checkThreads: CheckThreads;
  readonly upstream: Upstream;
  readonly conversations: Conversations;
}

/** Yields one array for one network read of the upstream. Throws an ApiError where the answer is not whole. */
export async function* complete(
  request: CompletionRequest,
  identity: TurnIdentity,
  trace: Trace,
  thinkingMode: ThinkingMode,
  { upstream, conversations, checkThreads }: CompletionDeps,
): AsyncGenerator<CompletionEvent[], void, undefined> {
  const turn = conversations.begin(identity);
  const context: StreamContext = {
    requestId: trace.requestId,
    signal: trace.signal,
    guest: turn,
    served: trace.served,
  };
  const ask = (asked: CompletionRequest) => answerOf(asked, upstream, context, trace, thinkingMode);
  for await (const events of inResponseFormat(request, trace.streamed, checkThreads, ask)) {
    turn.hear(events);
    if (events.at(-1)?.type === 'finish') await turn.finish();
    yield events;
  }
}

/** One call of the upstream; its usage is added to that of calls before it. */
async function* answerOf(
  request: CompletionRequest,
  upstream: Upstream,
  context: StreamContext,
  trace: Trace,
  thinkingMode: ThinkingMode,
): AsyncGenerator<CompletionEvent[], void, undefined> {
  const isHeld = !trace.streamed || request.responseFormat.type !== 'text';
  const answer = new Answer(request, thinkingMode, isHeld ? MAX_HELD_BYTES : undefined);
  const spent = trace.usage;
  trace.waits();
  for await (const read of upstream.stream(request, context)) {
    trace.goesOn();
    const events = answer.apply(read);
    if (events.some(isToken)) trace.firstToken();
    if (answer.usage) trace.usage = addUsage(spent, answer.usage);
    yield events;
    if (answer.stopped) return;
    trace.waits();
  }
}

function isToken(event: CompletionEvent): boolean {
  return 'text' in event || event.type === 'tool-call-start';
}
