/** What replicas behind a balancer have in common: each counts what all have answered. */
import { expect } from 'chai';
import { faults, type Reply, type Rig, tally } from './support.js';

/** Needs a limit of 100 for `bob`, who has asked nothing before. */
export function itCountsTogether(rig: Rig, { requests, burst }: { requests: number; burst: number }): void {
  it(`report the same total of ${requests} requests and the same newest 100`, async () => {
    const headers = { 'x-conversation-id': 'a long one' };
    const earlier = await inTurns(requests - 100, 30, (turn) =>
      rig.ask(`sim:say(earlier ${turn})`, { headers }),
    );
    const newest = await Promise.all(
      range(100).map((turn) => rig.ask(`sim:say(newest ${turn})`, { headers })),
    );
    expect(faults([...earlier, ...newest])).to.deep.equal([]);
    rig.areOfAll(newest);

    for (const stats of await rig.showsTotal(requests)) {
      expect(stats.SuccessfulRequests).to.equal(requests);
      expect(stats.FailedRequests).to.equal(0);
      expect(stats.outcomes.ok).to.equal(requests);
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

  it(`admit exactly 100 of ${burst} simultaneous requests with a limit of 100`, async () => {
    // A window begins with its first request and lasts a minute: nothing of bob's came before these.
    const replies = await Promise.all(
      range(burst).map((turn) => rig.ask(`sim:say(burst ${turn})`, { key: 'bob' })),
    );
    const statuses = tally(replies.map(({ status }) => status));
    expect(Object.fromEntries(statuses)).to.deep.equal({ 200: 100, 429: burst - 100 });
    expect(rig.upstream(replies.map(({ id }) => id))).to.have.length(100);
    rig.areOfAll(replies);
    const admitted = replies.filter(({ status }) => status === 200);
    const remaining = admitted.map(({ headers }) => Number(headers['x-ratelimit-remaining-requests']));
    expect(remaining.sort((a, b) => a - b)).to.deep.equal(range(100));
    const refused = replies.filter(({ status }) => status === 429);
    expect(refused.filter(({ headers }) => !(Number(headers['retry-after']) > 0))).to.deep.equal([]);
  });
}

export function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** So many requests, `most` at a time. */
export async function inTurns(
  count: number,
  most: number,
  one: (turn: number) => Promise<Reply>,
): Promise<Reply[]> {
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
