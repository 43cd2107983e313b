/** The middle of every completion, whatever the client's protocol: request in, events as the client is to see them out. */
import { Answer, MAX_HELD_BYTES } from '../completion/answer.js';
import type { CompletionEvent } from '../completion/event.js';
import { inResponseFormat } from '../completion/json-answer.js';
import type { CheckThreads } from '../completion/json-checks/check-threads.js';
import type { CompletionRequest } from '../completion/request.js';
import type { ThinkingMode } from '../completion/thinking-output.js';
import type { Conversations, TurnIdentity } from '../conversations/conversations.js';
import type { ServedModelObserver, StreamContext, Upstream } from '../upstream/upstream.js';
import type { RequestContext } from './request-context.js';
import type { RequestMeter } from './request-meter.js';

export interface CompletionDeps {
  readonly checkThreads: CheckThreads;
  readonly upstream: Upstream;
  readonly conversations: Conversations;
}

/** What is to be answered, and in which form. */
export interface Completion {
  readonly request: CompletionRequest;
  readonly identity: TurnIdentity;
  readonly isStreamed: boolean;
  readonly thinkingMode: ThinkingMode;
  readonly served?: ServedModelObserver;
}

/** Yields one array for one network read of the upstream. Throws an ApiError where the answer is not whole. */
export async function* complete(
  completion: Completion,
  { id, signal }: Pick<RequestContext, 'id' | 'signal'>,
  meter: RequestMeter,
  { upstream, conversations, checkThreads }: CompletionDeps,
): AsyncGenerator<CompletionEvent[], void, undefined> {
  const { request, identity, isStreamed, served } = completion;
  const turn = conversations.begin(identity);
  const context: StreamContext = { requestId: id, signal, guest: turn, served };
  const ask = (asked: CompletionRequest) =>
    answerOf({ ...completion, request: asked }, upstream, context, meter);
  for await (const events of inResponseFormat(request, isStreamed, checkThreads, ask)) {
    turn.hear(events);
    if (events.at(-1)?.type === 'finish') await turn.finish();
    yield events;
  }
}

/** One call of the upstream; its usage is added to that of calls before it. */
async function* answerOf(
  { request, isStreamed, thinkingMode }: Completion,
  upstream: Upstream,
  context: StreamContext,
  meter: RequestMeter,
): AsyncGenerator<CompletionEvent[], void, undefined> {
  const isHeld = !isStreamed || request.responseFormat.type !== 'text';
  const answer = new Answer(request, thinkingMode, isHeld ? MAX_HELD_BYTES : undefined);
  meter.startCall();
  for await (const read of upstream.stream(request, context)) {
    meter.endWait();
    const events = answer.apply(read);
    if (events.some(isToken)) meter.markToken();
    if (answer.usage) meter.setUsage(answer.usage);
    yield events;
    if (answer.stopped) return;
    meter.startWait();
  }
}

function isToken(event: CompletionEvent): boolean {
  return 'text' in event || event.type === 'tool-call-start';
}
