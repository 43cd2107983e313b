/** The middle of every completion, the same for all client protocols: takes a request, pushes the events that the client sees. */
import { Answer, MAX_HELD_BYTES } from '../completion/answer.js';
import type { CompletionEvent, Usage } from '../completion/event.js';
import type { EventSink } from '../completion/event-sink.js';
import { answerInFormat } from '../completion/json-answer.js';
import type { CheckThreads } from '../completion/json-checks/check-threads.js';
import type { CompletionRequest } from '../completion/request.js';
import type { ThinkingMode } from '../completion/thinking-output.js';
import type { Conversations, Turn, TurnIdentity } from '../conversations/conversations.js';
import type { PriceList } from '../pricing/price-list.js';
import type { Route } from '../routing/route.js';
import { inSlot, type Seat } from './in-slot.js';
import { observeContext } from './observed-context.js';
import type { RequestBudget } from './request-budget.js';
import type { RequestContext } from './request-context.js';
import type { RequestMeter } from './request-meter.js';
import type { ServedModel } from './served-model.js';

export interface CompletionDeps {
  readonly checkThreads: CheckThreads;
  readonly conversations: Conversations;
  readonly prices: Pick<PriceList, 'find'>;
}

/** A request, and in which form its answer is sent. */
export interface Completion {
  readonly request: CompletionRequest;
  readonly identity: TurnIdentity;
  readonly isStreamed: boolean;
  readonly thinkingMode: ThinkingMode;
  readonly served?: Pick<ServedModel, 'observe' | 'ask'>;
  readonly seat: Seat;
}

/**
 * Pushes one array for each network read of the upstream. Rejects with an ApiError when the answer is not whole. The events
 * pass, in this order: the upstream's decoder; `Answer` (which names its steps); the response format; the conversation;
 * `sink`, which encodes and sends them.
 */
export async function complete(
  completion: Completion,
  { id, signal }: Pick<RequestContext, 'id' | 'signal'>,
  meter: RequestMeter,
  { conversations, checkThreads, prices }: CompletionDeps,
  sink: EventSink,
): Promise<void> {
  const { request, identity, isStreamed, served, thinkingMode, seat } = completion;
  const turn = conversations.begin(identity);
  const context = observeContext(
    { requestId: id, signal, guest: turn, served, attempts: meter },
    meter.trace,
  );
  const isHeld = !isStreamed || request.responseFormat.type !== 'text';
  const maxBytes = isHeld ? MAX_HELD_BYTES : undefined;
  const ask = (asked: CompletionRequest, to: EventSink) => {
    const answer = new AnswerSink(new Answer(asked, thinkingMode, maxBytes), meter, to, seat.budget);
    const call = (route: Route) => {
      const { upstream, model } = route;
      served?.ask(route);
      meter.startCall(prices.find(route.entry, model.id));
      seat.budget?.startCall(route);
      return upstream.stream({ ...asked, model }, context, answer);
    };
    const done = inSlot(seat, call, () => answer.hasBegun);
    return seat.budget === undefined ? done : charged(done, answer, seat.budget, signal);
  };
  await answerInFormat(request, isStreamed, checkThreads, ask, new TurnSink(turn, sink));
}

/** Notes what a call has used, however it ends. A call that failed before its answer has used nothing. */
async function charged(
  call: Promise<void>,
  answer: AnswerSink,
  budget: RequestBudget,
  signal: AbortSignal,
): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!answer.hasBegun && !signal.aborted) budget.failCall();
    throw error;
  } finally {
    budget.endCall(answer.hasBegun ? answer.usageSoFar : undefined);
  }
}

/** Applies the steps of one upstream call's answer, and measures it. */
class AnswerSink implements EventSink {
  hasBegun = false;
  #hasToken = false;
  /** A hard budget has ended it. */
  #isCut = false;
  #extending: Promise<void> | undefined;

  constructor(
    private readonly answer: Answer,
    private readonly meter: RequestMeter,
    private readonly sink: EventSink,
    private readonly budget: RequestBudget | undefined,
  ) {}

  get isSatisfied(): boolean {
    return this.#isCut || this.answer.stopped;
  }

  get usageSoFar(): Usage {
    return this.answer.usageSoFar;
  }

  push(read: CompletionEvent[]): Promise<void> | undefined {
    const { answer, meter } = this;
    this.hasBegun = true;
    meter.endWait();
    const events = this.#withinBudget(answer.apply(read));
    if (!this.#hasToken && events.some(isToken)) {
      this.#hasToken = true;
      meter.markToken();
    }
    if (answer.usage) meter.setUsage(answer.usage);
    const last = events.at(-1);
    if (last?.type === 'finish') meter.trace.setFinishReason(last.reason);
    const busy = this.#waitFor(this.sink.push(events));
    if (busy === undefined) meter.startWait();
    return busy;
  }

  /** Ends the answer where a hard budget is used up. */
  #withinBudget(events: CompletionEvent[]): CompletionEvent[] {
    const { budget, answer } = this;
    if (budget === undefined) return events;
    this.#extending = budget.observe(answer.outputTokens);
    if (!budget.isSpent || events.at(-1)?.type === 'finish') return events;
    this.#isCut = true;
    return [...events, ...answer.apply([{ type: 'finish', reason: 'length' }])];
  }

  #waitFor(busy: Promise<void> | undefined): Promise<void> | undefined {
    if (this.#extending === undefined) return busy;
    return Promise.all([busy, this.#extending]).then(() => undefined);
  }
}

/** Records the answer in the conversation, which is stored before the client sees the end. */
class TurnSink implements EventSink {
  constructor(
    private readonly turn: Turn,
    private readonly sink: EventSink,
  ) {}

  push(events: CompletionEvent[]): Promise<void> | undefined {
    this.turn.observe(events);
    return events.at(-1)?.type === 'finish' ? this.#finish(events) : this.sink.push(events);
  }

  async #finish(events: CompletionEvent[]): Promise<void> {
    await this.turn.finish();
    await this.sink.push(events);
  }
}

function isToken(event: CompletionEvent): boolean {
  return 'text' in event || event.type === 'tool-call-start';
}
