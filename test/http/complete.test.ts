import { expect } from 'chai';
import type { EventSink } from '../../src/completion/event-sink.js';
import { CheckThreads } from '../../src/completion/json-checks/check-threads.js';
import type { Message } from '../../src/completion/request.js';
import { Conversations } from '../../src/conversations/conversations.js';
import { AskedUpstream } from '../../src/http/asked-upstream.js';
import { complete } from '../../src/http/complete.js';
import { QueueWait } from '../../src/http/queue-wait.js';
import { RequestMeter } from '../../src/http/request-meter.js';
import { UNPRICED } from '../../src/pricing/price.js';
import { MemoryStore } from '../../src/store/memory-store.js';
import type { StreamContext, Upstream } from '../../src/upstream/upstream.js';
import { finish, text } from '../completion/events.js';
import { pulled } from '../support/pulled.js';
import { unlimitedSlots } from '../support/slots.js';
import { isSettled, request } from '../upstream/support.js';

/** A store that takes its time to remember an answer. */
class SlowStore extends MemoryStore {
  remembered = false;
  release: () => void = () => undefined;
  readonly #gate = new Promise<void>((resolve) => {
    this.release = resolve;
  });

  override async rememberToken(conversation: string, token: string): Promise<void> {
    await this.#gate;
    await super.rememberToken(conversation, token);
    this.remembered = true;
  }
}

const QUESTION: Message = { role: 'user', content: 'What is love?' };
const ANSWER = 'Baby, don’t hurt me.';

/** Notes the guest token of each call. */
class FakeUpstream implements Pick<Upstream, 'stream'> {
  readonly tokens: string[] = [];

  async stream(_: unknown, { guest, signal }: StreamContext, sink: EventSink): Promise<void> {
    this.tokens.push(await guest.claim(signal));
    await sink.push([text(ANSWER)]);
    await sink.push([finish()]);
  }
}

describe('The end of an answer', () => {
  it('reaches the client after the conversation was stored, so that its next turn finds the token', async () => {
    const store = new SlowStore();
    const upstream = new FakeUpstream();
    let minted = 0;
    const take = async () => {
      minted += 1;
      return `token-${minted}`;
    };
    const deps = {
      prices: { find: () => UNPRICED },
      conversations: new Conversations(store, { take, takeFresh: take }),
      checkThreads: new CheckThreads(),
    };
    const ask = (messages: Message[]) => {
      const identity = { tenant: 'ann', id: undefined, messages };
      const thinkingMode = 'reasoning_content' as const;
      const context = { id: 'request', signal: new AbortController().signal };
      const meter = new RequestMeter();
      const seat = {
        slots: unlimitedSlots(),
        plan: () => ({
          pool: 'x',
          routes: [{ entry: 'x', upstream, model: request('').model, group: 'upstream', isFallback: false }],
          isTold: false,
        }),
        onReplaced: () => () => undefined,
        request: {
          flow: 'ann',
          turn: '',
          class: 'interactive' as const,
          weight: 1,
          timeoutMs: 1_000,
        },
        signal: context.signal,
        wait: new QueueWait(),
        asked: new AskedUpstream({ isTold: false }),
        meter,
      };
      const asked = { request: request('', { messages }), identity, isStreamed: true, thinkingMode, seat };
      return pulled((sink) => complete(asked, context, meter, deps, sink));
    };

    const answer = ask([QUESTION]);
    expect((await answer.next()).value).to.deep.equal([text(ANSWER)]);
    const end = answer.next();
    expect(await isSettled(end)).to.equal(false);
    store.release();
    expect((await end).value?.at(-1)).to.deep.equal(finish());
    expect(store.remembered).to.equal(true);

    for await (const _ of ask([QUESTION, { role: 'assistant', content: ANSWER }, QUESTION]));
    expect(upstream.tokens).to.deep.equal(['token-1', 'token-1']);
  });
});
