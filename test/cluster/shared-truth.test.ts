import { expect } from 'chai';
import { samples } from '../support/samples.js';
import { RedisCalls } from './redis-calls.js';
import { bearerOf, eventually, faults, type Reply, tally, useRig } from './support.js';

const REQUESTS = samples(500, 3_000);
const BURST = samples(300, 1_000);

describe('Three replicas behind HAProxy', () => {
  const rig = useRig({
    RATE_LIMIT: '100000',
    RATE_LIMITS: 'bob=100,dan=0',
    PUBLIC_RATE_LIMIT: '10',
    PUBLIC_RATE_LIMIT_TOTAL: '1000',
  });

  it(`report the same total of ${REQUESTS} requests and the same newest 100`, async () => {
    const headers = { 'x-conversation-id': 'a long one' };
    const earlier = await inTurns(REQUESTS - 100, 30, (turn) =>
      rig.ask(`sim:say(earlier ${turn})`, { headers }),
    );
    const newest = await Promise.all(
      range(100).map((turn) => rig.ask(`sim:say(newest ${turn})`, { headers })),
    );
    expect(faults([...earlier, ...newest])).to.deep.equal([]);
    rig.areOfAll(newest);

    for (const stats of await rig.showsTotal(REQUESTS)) {
      expect(stats.SuccessfulRequests).to.equal(REQUESTS);
      expect(stats.FailedRequests).to.equal(0);
      expect(stats.outcomes.ok).to.equal(REQUESTS);
    }
    const lists = await Promise.all(rig.gateways.map((gateway) => rig.list(gateway)));
    for (const list of lists) {
      const ids = list.map(({ id }) => id);
      expect(ids).to.have.length(100);
      expect(ids).to.have.members(newest.map(({ id }) => id));
      const times = list.map(({ timestamp }) => timestamp);
      expect(times).to.deep.equal([...times].sort().reverse());
      expect(new Set(list.map(({ replica }) => replica))).to.have.property('size', 3);
      expect(list).to.deep.equal(lists[0]);
    }
  });

  it(`admit exactly 100 of ${BURST} simultaneous requests with a limit of 100`, async () => {
    // A window begins with its first request and lasts a minute: nothing of bob's came before these.
    const replies = await Promise.all(
      range(BURST).map((turn) => rig.ask(`sim:say(burst ${turn})`, { key: 'bob' })),
    );
    const statuses = tally(replies.map(({ status }) => status));
    expect(Object.fromEntries(statuses)).to.deep.equal({ 200: 100, 429: BURST - 100 });
    expect(rig.upstream(replies.map(({ id }) => id))).to.have.length(100);
    rig.areOfAll(replies);
    const admitted = replies.filter(({ status }) => status === 200);
    const remaining = admitted.map(({ headers }) => Number(headers['x-ratelimit-remaining-requests']));
    expect(remaining.sort((a, b) => a - b)).to.deep.equal(range(100));
    const refused = replies.filter(({ status }) => status === 429);
    expect(refused.filter(({ headers }) => !(Number(headers['retry-after']) > 0))).to.deep.equal([]);
  });

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

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** So many requests, `most` at a time. */
async function inTurns(count: number, most: number, one: (turn: number) => Promise<Reply>): Promise<Reply[]> {
  const replies: Reply[] = [];
  let turn = 0;
  const workers = range(most).map(async () => {
    while (turn < count) {
      turn += 1;
      replies.push(await one(turn));
    }
  });
  await Promise.all(workers);
  return replies;
}

function textOf(reply: Reply): string {
  return JSON.parse(reply.text).choices[0].message.content;
}
