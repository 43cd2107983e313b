import { once } from 'node:events';
import { expect } from 'chai';
import { askOpenAi, askWeb, eventsOf, type Json, useSimulator } from './client.js';

describe('the simulated accounts', () => {
  const simulator = useSimulator({ slots: 1, promptCache: true });
  const base = () => `${simulator().url}/api/paas/v4`;
  const as = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
  const whole = async (token: string, fields: object) =>
    (await (await askOpenAi(base(), 'hi', { stream: false, ...as(token), ...fields })).json()) as Json;

  it('answer as many requests at the same time as they have slots, each its own, and refuse the others with 1302', async () => {
    const running = await askOpenAi(base(), 'sim:stall', as('one'));
    const refused = await askOpenAi(base(), 'hi', as('one'));
    expect(refused.status).to.equal(429);
    expect(((await refused.json()) as Json).error.code).to.equal('1302');
    expect((await askOpenAi(base(), 'hi', as('two'))).status).to.equal(200);
    expect(simulator().account('one')).to.include({ inFlight: 1, maxInFlight: 1, calls: 2, refused: 1 });
    const left = once(simulator().events, 'close');
    await running.body?.cancel();
    await left;
    expect(simulator().account('one').inFlight).to.equal(0);
    simulator().account('one').slots = 2;
    const both = await Promise.all([1, 2].map(() => askOpenAi(base(), 'sim:delay=20', as('one'))));
    expect(both.map(({ status }) => status)).to.deep.equal([200, 200]);
  });

  it('have a free slot as soon as a client has read an answer to its end', async () => {
    for (const question of ['sim:say(a b)', 'sim:no-done', 'sim:code=1305', 'sim:pace=1 sim:events=3']) {
      const answer = await askOpenAi(base(), question, as('three'));
      await answer.text();
      expect(simulator().account('three').inFlight, question).to.equal(0);
    }
  });

  it('answer with one code until told otherwise, and others go on', async () => {
    simulator().account('poor').code = '1113';
    expect((await whole('poor', {})).error.code).to.equal('1113');
    expect(await whole('rich', {})).to.have.property('choices');
    simulator().account('poor').code = undefined;
    expect(await whole('poor', {})).to.have.property('choices');
  });

  it('tell how much of a prompt is in their cache', async () => {
    const messages = [
      { role: 'system', content: 'Be brief. '.repeat(20) },
      { role: 'user', content: 'What is two and two?' },
    ];
    const later = [...messages, { role: 'assistant', content: '4' }, { role: 'user', content: 'And three?' }];
    const first = (await whole('cache', { messages })).usage;
    expect(first.prompt_tokens_details.cached_tokens).to.equal(0);
    const second = (await whole('cache', { messages: later })).usage;
    expect(second.prompt_tokens_details.cached_tokens).to.equal(first.prompt_tokens);
    const streamed = await eventsOf(await askOpenAi(base(), 'hi', { messages: later, ...as('cache') }));
    expect(streamed.at(-1).usage.prompt_tokens_details.cached_tokens).to.equal(second.prompt_tokens);
    expect(simulator().account('cache').cachedTokens).to.equal(first.prompt_tokens + second.prompt_tokens);
    for (const fields of [{ model: 'glm-4.6' }, as('cold')]) {
      const { usage } = await whole('cache', { messages: later, ...fields });
      expect(usage.prompt_tokens_details.cached_tokens).to.equal(0);
    }
  });

  it('are one for all guests of the web chat', async () => {
    const running = await askWeb(simulator().url, 'sim:stall');
    const refused = await askWeb(simulator().url, 'hi');
    expect(refused.status).to.equal(429);
    expect(((await refused.json()) as Json).detail).to.match(/concurrency limit/);
    await running.body?.cancel();
  });
});
