import { once } from 'node:events';
import { expect } from 'chai';
import { chatBody, RawClient, UPSTREAM_FORMS, useGateway } from '../support/gateway.js';

for (const form of UPSTREAM_FORMS.slice(0, 2)) {
  describe(`A client that leaves, with the upstream form ${form}`, () => {
    const rig = useGateway({ form });
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    before(() => process.on('warning', onWarning));
    after(() => process.off('warning', onWarning));

    // What is waited for here would last far longer than a test may.
    const cancelled = async (id: string) => {
      const record = await rig.recordOf(id);
      expect(record).to.include({ outcome: 'cancelled', status: 499, code: 'cancelled', keyName: 'public' });
      expect(record.clientAddress).to.match(/127\.0\.0\.1$/);
    };

    const phases: [string, string, boolean, RegExp | undefined][] = [
      ['before the upstream answers', 'sim:delay=60000', true, undefined],
      ['before the first event', 'sim:headers-then-delay=60000', true, undefined],
      ['in the middle of the stream', 'sim:stall', true, /"content":"./],
      ['from a whole answer before the upstream answers', 'sim:delay=60000', false, undefined],
      ['from a whole answer in its middle', 'sim:stall', false, undefined],
      ['while answers pour in', 'sim:events=1000000 sim:size=1000', true, /"content":"./],
    ];
    for (const [phase, scenario, stream, sign] of phases) {
      it(`closes the upstream at once: ${phase}`, async () => {
        const id = rig.newId();
        const asked = rig.upstreamRequest();
        const closed = rig.upstreamClosed();
        const client = await RawClient.connect(rig.port);
        client.post(chatBody(scenario, { stream }), [`x-request-id: ${id}`]);
        await asked;
        if (sign) await client.until(sign);
        client.leave();
        expect((await closed).closedEarly).to.equal(true);
        await cancelled(id);
        expect(rig.simulator.openStreams).to.equal(0);
      });
    }

    it('ends the wait between two attempts', async () => {
      const id = rig.newId();
      const failed = rig.upstreamClosed();
      const client = await RawClient.connect(rig.port);
      client.post(chatBody('sim:status=500 sim:retry-after=4', { stream: true }), [`x-request-id: ${id}`]);
      await failed;
      const left = client.leave();
      await cancelled(id);
      // Else it would be the four seconds that were asked for.
      expect(performance.now() - left).to.be.below(3_000);
    });

    it('during its upload causes no request to the upstream', async () => {
      const id = rig.newId();
      const chats = rig.upstreamChats.length;
      const client = await RawClient.connect(rig.port);
      client.post('{"model":"GLM-4.5",', [`x-request-id: ${id}`, 'Expect: 100-continue'], 1000);
      // The gateway says this when it has begun with the request.
      await client.until(/^HTTP\/1\.1 100 /);
      client.leave();
      await cancelled(id);
      expect(rig.upstreamChats).to.have.length(chats);
    });

    it('by closing only its own half of the connection counts as disconnected', async () => {
      const id = rig.newId();
      const closed = rig.upstreamClosed();
      const client = await RawClient.connect(rig.port);
      client.post(chatBody('sim:stall', { stream: true }), [`x-request-id: ${id}`]);
      await client.until(/"content":"./);
      client.socket.end();
      expect((await closed).closedEarly).to.equal(true);
      await cancelled(id);
    });

    it('is noticed during the second of two pipelined requests', async () => {
      const ids = [rig.newId(), rig.newId()];
      const client = await RawClient.connect(rig.port);
      for (const [index, word] of ['sim:say(first)', 'sim:stall'].entries())
        client.post(chatBody(word, { stream: true }), [`x-request-id: ${ids[index]}`]);
      await client.until(/first.*\[DONE\].*"content":"./s);
      const closed = rig.upstreamClosed();
      client.leave();
      await closed;
      await cancelled(ids[1] ?? '');
      expect((await rig.recordOf(ids[0] ?? '')).outcome).to.equal('ok');
    });

    it('before the turn of its pipelined request leaves no trace', async () => {
      const id = rig.newId();
      const asked = rig.upstreamRequest();
      const closed = rig.upstreamClosed();
      const client = await RawClient.connect(rig.port);
      client.post(chatBody('sim:stall', { stream: true }), [`x-request-id: ${id}`]);
      client.post(chatBody('sim:stall sim:after=1', { stream: true }), [`x-request-id: ${id}-behind`]);
      await asked;
      await client.until(/"content":"./);
      const chats = rig.upstreamChats.length;
      client.leave();
      await cancelled(id);
      await closed;
      expect(await rig.say('sim:say(barrier)')).to.equal('barrier');
      expect(rig.upstreamChats).to.have.length(chats + 1);
      expect(rig.simulator.openStreams).to.equal(0);
    });

    it('is counted exactly once, and disturbs no other client', async () => {
      expect(await rig.say('sim:say(still here)')).to.equal('still here');
      const ids = rig.records.map(({ requestId }) => requestId);
      expect(new Set(ids).size).to.equal(ids.length);
      expect(rig.log).not.to.contain('unexpected error');
    });

    it('leaves no listeners behind on a connection that is used again and again', async () => {
      const client = await RawClient.connect(rig.port);
      for (let turn = 1; turn <= 30; turn += 1) {
        client.text = '';
        client.post(chatBody(`sim:say(turn ${turn})`, { stream: turn % 2 === 0 }));
        await client.until(turn % 2 === 0 ? /0\r\n\r\n$/ : /}$/);
      }
      const closed = once(client.socket, 'close');
      client.leave();
      await closed;
      expect(warnings).to.deep.equal([]);
    });
  });
}
