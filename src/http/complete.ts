/** The middle of every completion, whatever the client's protocol: request in, events as the client is to see them out. */
import { Answer } from '../completion/answer.js';
import type { CompletionEvent } from '../completion/event.js';
import type { CompletionRequest } from '../completion/request.js';
import type { ThinkingOutput } from '../config.js';
import type { Conversations, TurnIdentity } from '../conversations/conversations.js';
import type { Upstream } from '../upstream/upstream.js';
import type { Trace } from './trace.js';

export interface CompletionDeps {
  readonly upstream: Upstream;
  readonly conversations: Conversations;
  readonly thinkingOutput: ThinkingOutput;
}

/** Yields one array for one network read of the upstream. Throws an ApiError where the answer is not whole. */
export async function* complete(
  request: CompletionRequest,
  identity: TurnIdentity,
  trace: Trace,
  { upstream, conversations, thinkingOutput }: CompletionDeps,
): AsyncGenerator<CompletionEvent[], void, undefined> {
  const turn = conversations.begin(identity);
  const answer = new Answer(request, thinkingOutput);
  const context = { requestId: trace.requestId, signal: trace.signal, guest: turn };
  trace.waits();
  for await (const read of upstream.stream(request, context)) {
    trace.goesOn();
    const events = answer.apply(read);
    turn.hear(events);
    if (events.some(isToken)) trace.firstToken();
    trace.usage = answer.usage;
    if (events.at(-1)?.type === 'finish') await turn.finish();
    yield events;
    if (answer.stopped) return;
    trace.waits();
  }
}

function isToken(event: CompletionEvent): boolean {
  return event.type === 'text-delta' || event.type === 'reasoning-delta';
}
