import { expect } from 'chai';
import { eventually, faults, isWhole, Load, type Reply, replicaOf, useRig } from './support.js';

const STREAMS = 24;
/** 2.5 s each: longer than the start of a replica, so that every replica has open streams when it is stopped. */
const EVENTS = 25;
const LONG_ANSWER = `sim:events=${EVENTS} sim:pace=100`;

describe('When replicas leave', () => {
  // Long enough for HAProxy to see the 503 twice: it checks every second, then every half second.
  const rig = useRig({ DRAIN_DELAY: '2500' });

  it('a rolling restart cuts no open stream and fails no new request', async () => {
    const streams = new Load(() => rig.ask(LONG_ANSWER, { stream: true, headers: conversation }), STREAMS);
    const short = new Load((turn) => rig.ask(`sim:say(${turn})`, { headers: conversation }), 3);
    const stops: { name: string; at: number }[] = [];
    try {
      await eventually(async () => expect(rig.simulator.openStreams).to.be.at.least(STREAMS));
      for (const gateway of rig.gateways) {
        const { pid } = gateway;
        stops.push({ name: gateway.name, at: Date.now() });
        await gateway.stop('SIGTERM');
        await gateway.start();
        expect(gateway.pid).not.to.equal(pid);
      }
    } finally {
      await Promise.all([streams.stop(), short.stop()]);
    }
    expect(faults([...streams.replies, ...short.replies])).to.deep.equal([]);
    const cut = streams.replies.filter(
      ({ text }) => (text.match(/"content":" token"/g) ?? []).length !== EVENTS,
    );
    expect(cut.map(({ id }) => id)).to.deep.equal([]);
    const met = stops.map(({ name, at }) =>
      streams.replies.filter((reply) => isOpen(reply, at) && replicaOf(reply) === name),
    );
    expect(
      Math.min(...met.map(({ length }) => length)),
      'streams open at a replica when it was told to stop',
    ).to.be.above(5);
    // The statistics include the last answers of the stopped replicas.
    const total = streams.replies.length + short.replies.length;
    for (const stats of await rig.showsTotal(total)) {
      expect(stats.SuccessfulRequests).to.equal(total);
      expect(stats.replicas).to.have.length(3);
      expect(stats.lost_replicas).to.deep.equal([]);
    }
  });

  it('kill -9 breaks only the streams of that replica, visibly, and loses only its last statistics', async () => {
    const [victim, ...others] = rig.gateways;
    if (victim === undefined) throw new Error('no replica');
    const counted = (await rig.stats(victim)).TotalRequests;
    let begun = 0;
    const onBegin = () => {
      begun += 1;
    };
    const open = Array.from({ length: 30 }, () =>
      rig.ask('sim:events=50 sim:pace=100', { stream: true, onBegin, headers: conversation }),
    );
    await eventually(async () => expect(begun).to.equal(30));
    const load = new Load((turn) => rig.ask(`sim:say(${turn})`, { headers: conversation }), 6);
    await load.answers(60);
    const killedAt = Date.now();
    await victim.stop('SIGKILL');
    const goneAt = Date.now();
    await load.answers(60);
    await load.stop();
    const streams = await Promise.all(open);
    const replies = [...streams, ...load.replies];
    const isOfVictim = (reply: Reply) => replicaOf(reply) === victim.name;

    const broken = streams.filter((reply) => !isWhole(reply));
    expect(broken).to.have.length.above(0);
    expect(idsOf(broken)).to.have.members(idsOf(streams.filter(isOfVictim)));
    for (const { status, text, error } of broken) {
      expect(status).to.equal(200);
      expect(text)
        .to.contain('" token"')
        .and.not.to.contain('[DONE]')
        .and.not.to.contain('finish_reason":"stop"');
      expect(error).to.be.a('string');
    }
    // Only short requests that the killed replica was answering may fail.
    const failed = load.replies.filter((reply) => !isWhole(reply));
    const excused = failed.filter(
      (reply) => isOfVictim(reply) && reply.startedAt <= goneAt && reply.endedAt >= killedAt,
    );
    expect(idsOf(failed)).to.deep.equal(idsOf(excused));

    const whole = replies.filter(isWhole);
    const recorded = await eventually(async () => {
      const ids = new Set(await rig.recorded());
      expect(
        idsOf(whole.filter((reply) => !isOfVictim(reply) && !ids.has(reply.id))),
        'not recorded',
      ).to.deep.equal([]);
      return ids;
    });
    const lost = whole.filter(({ id }) => !recorded.has(id));
    // Records are written at most 250 ms after the end, plus a margin for a busy machine.
    const tooOld = lost.filter(({ endedAt }) => endedAt < killedAt - 250 - BUSY_MS);
    expect(
      tooOld.map(({ endedAt }) => `lost although it ended ${killedAt - endedAt} ms before`),
    ).to.deep.equal([]);
    const exact = counted + whole.length - lost.length;
    await eventually(async () => {
      for (const gateway of others) expect((await rig.stats(gateway)).TotalRequests).to.equal(exact);
    });
    // Only the killed replica is shown as lost.
    await eventually(async () => {
      for (const gateway of others) {
        const { replicas, lost_replicas: lostOnes, status } = await rig.stats(gateway);
        expect(replicas).to.have.length(2);
        expect(lostOnes).to.have.length(1);
        expect(Date.parse(lostOnes[0].lost_at)).to.be.within(killedAt - 10_000, goneAt + 1_000);
        expect(status.reasons).to.include('replicas_lost');
      }
    });
  });
});

const BUSY_MS = 1_500;
const conversation = { 'x-conversation-id': 'a long one' };

function isOpen({ startedAt, endedAt }: Reply, at: number): boolean {
  return startedAt < at && endedAt > at;
}

function idsOf(replies: readonly Reply[]): string[] {
  return replies.map(({ id }) => id);
}
