import { expect } from 'chai';
import { inTurns, itCountsTogether, range } from './counts-together.js';
import { RedisCalls } from './redis-calls.js';
import { bearerOf, eventually, faults, type Reply, tally, useRig } from './support.js';

describe('Three replicas behind HAProxy', () => {
  const rig = useRig({
    RATE_LIMIT: '100000',
    RATE_LIMITS: 'bob=100,dan=0',
    PUBLIC_RATE_LIMIT: '10',
    PUBLIC_RATE_LIMIT_TOTAL: '1000',
  });

  itCountsTogether(rig, { requests: 500, burst: 300 });

  it('pass on each event of a stream without delay', async () => {
    const reply = await rig.ask('sim:events=8 sim:pace=30', { stream: true });
    expect(faults([reply])).to.deep.equal([]);
    // Held back for HAProxy's 200 ms they come in two pieces.
    expect(reply.reads).to.be.at.least(6);
  });

  it('take a client for one address, whatever it writes into X-Forwarded-For, and two clients for two', async () => {
    const liar = await inTurns(25, 5, (turn) =>
      rig.ask('sim:say(hi)', {
        key: 'all',
        from: '127.0.0.1',
        headers: {
          'x-forwarded-for': `10.0.0.${turn}`,
          forwarded: `for=10.1.0.${turn}`,
          'x-real-ip': `10.2.0.${turn}`,
        },
      }),
    );
    expect(Object.fromEntries(tally(liar.map(({ status }) => status)))).to.deep.equal({ 200: 10, 429: 15 });
    const neighbour = await inTurns(12, 3, () => {
      const headers = { 'x-forwarded-for': '127.0.0.1' };
      return rig.ask('sim:say(hi)', { key: 'all', from: '127.0.0.2', headers });
    });
    expect(Object.fromEntries(tally(neighbour.map(({ status }) => status)))).to.deep.equal({
      200: 10,
      429: 2,
    });
    const told = neighbour.find(({ status }) => status === 429)?.text;
    expect(told).to.contain('from one address');
  });

  it('use one guest token, minted once, for 100 turns of one conversation at once', async () => {
    const known = new Set(rig.simulator.requests.map(bearerOf));
    for (const spare of await rig.takeSpares()) known.add(spare);
    // Long enough for every replica to ask while it is being minted.
    rig.simulator.setMintDelay(300);
    const headers = { 'x-conversation-id': 'one of many turns' };
    const turns = await Promise.all(range(100).map((turn) => rig.ask(`sim:say(turn ${turn})`, { headers })));
    expect(faults(turns)).to.deep.equal([]);
    rig.areOfAll(turns);
    const tokens = rig.tokens(...turns);
    expect(tokens).to.have.length(100);
    expect(new Set(tokens)).to.have.property('size', 1);
    rig.simulator.setMintDelay(0);
    // All that was minted besides is spare, and nobody's.
    await eventually(async () => {
      const spares = new Set(await rig.spares());
      const used = rig.simulator.minted.filter((token) => !known.has(token) && !spares.has(token));
      expect(used).to.deep.equal([...new Set(tokens)]);
    });
  });

  it('continue with the token of the first turn when the second comes to another replica', async () => {
    const [here, there, elsewhere] = rig.gateways.map(({ url }) => url);
    const messages = [{ role: 'user', content: 'sim:say(The answer is 42.)' }];
    const first = await rig.ask('', { at: here ?? '', messages });
    messages.push(
      { role: 'assistant', content: textOf(first) },
      { role: 'user', content: 'sim:say(Still 42.)' },
    );
    const second = await rig.ask('', { at: there ?? '', messages });
    messages.push({ role: 'assistant', content: textOf(second) }, { role: 'user', content: 'sim:say(Yes.)' });
    const third = await rig.ask('', { at: elsewhere ?? '', messages, stream: true });
    expect(faults([first, second, third])).to.deep.equal([]);
    expect(rig.tokens(first, second, third)).to.have.length(3);
    expect(new Set(rig.tokens(first, second, third))).to.have.property('size', 1);
  });

  it('never let two users share a token because they asked the same and were told the same', async () => {
    const [here, there] = rig.gateways.map(({ url }) => url);
    const question = { role: 'user', content: 'sim:say(Everybody is told this.)' };
    const firsts = await Promise.all(
      ['cat', 'cat', 'dan'].map((key, user) =>
        rig.ask('', { key, at: (user === 0 ? here : there) ?? '', messages: [question] }),
      ),
    );
    expect(faults(firsts)).to.deep.equal([]);
    const [one = '', same = '', other = ''] = firsts.map((reply) => rig.tokens(reply)[0]);
    expect(new Set([one, same, other])).to.have.property('size', 3);
    const answer = { role: 'assistant', content: 'Everybody is told this.' };
    const messages = [question, answer, { role: 'user', content: 'sim:say(And then?)' }];
    const seconds = await Promise.all(
      ['cat', 'cat', 'dan'].map((key, user) =>
        rig.ask('', { key, at: (user === 0 ? there : here) ?? '', messages }),
      ),
    );
    const [oneMore = '', sameMore = '', otherMore = ''] = seconds.map((reply) => rig.tokens(reply)[0]);
    // Two people with one key whose transcripts are equal: nobody can tell them apart, so both begin anew.
    expect([one, same, other]).not.to.include(oneMore).and.not.to.include(sameMore);
    expect(oneMore).not.to.equal(sameMore);
    // The same transcript under another key is another conversation.
    expect(otherMore).to.equal(other);
  });

  describe('ask Redis', () => {
    const calls = new RedisCalls();
    const callsOf = (work: () => Promise<Reply>) => calls.of(rig.redis, work);

    before(() => calls.watch(rig.redis));
    after(() => calls.stop());

    const headers = { 'x-conversation-id': 'counted' };

    it('once for the limit of a named key, and once for a token that the conversation has', async () => {
      await rig.ask('sim:say(hi)', { key: 'eve', headers });
      const seen = await callsOf(() => rig.ask('sim:say(hi)', { key: 'eve', headers }));
      expect(seen).to.deep.equal(['limit', 'token']);
    });

    it('the same for a streamed answer', async () => {
      const seen = await callsOf(() => rig.ask('sim:say(hi)', { key: 'eve', headers, stream: true }));
      expect(seen).to.deep.equal(['limit', 'token']);
    });

    it('never for the limit of a key that has none', async () => {
      await rig.ask('sim:say(hi)', { key: 'dan', headers });
      const seen = await callsOf(() => rig.ask('sim:say(hi)', { key: 'dan', headers }));
      expect(seen).to.deep.equal(['token']);
    });

    it('twice for the limits of the public key', async () => {
      const from = '127.0.0.9';
      await rig.ask('sim:say(hi)', { key: 'all', from, headers });
      const seen = await callsOf(() => rig.ask('sim:say(hi)', { key: 'all', from, headers }));
      expect(seen).to.deep.equal(['limit', 'limit', 'token']);
    });

    it('once more at the end of an answer whose conversation is known by its transcript', async () => {
      const question = { role: 'user', content: 'sim:say(counted)' };
      const first = await callsOf(() => rig.ask('', { key: 'eve', messages: [question] }));
      expect(first).to.deep.equal(['limit', 'spare', 'token']);
      const messages = [question, { role: 'assistant', content: 'counted' }, question];
      const second = await callsOf(() => rig.ask('', { key: 'eve', messages }));
      expect(second).to.deep.equal(['limit', 'token', 'token']);
    });
  });
});

function textOf(reply: Reply): string {
  return JSON.parse(reply.text).choices[0].message.content;
}
