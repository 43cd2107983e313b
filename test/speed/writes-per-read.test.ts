import type { ClientRequest } from 'node:http';
import { expect } from 'chai';
import { until } from '../support/redis.js';
import { nextAsking, nextLeaving, PROTOCOL_NAMES, PROTOCOLS, StreamClient, useSteps } from './support.js';
import { delta, FORM_NAMES, frame, type StepAnswer, usageOf } from './upstream.js';

const READS = 12;
const FEW_READS = 3;
const EVENTS = 9;

for (const form of FORM_NAMES) {
  describe(`What the gateway writes for what it reads, with the ${form} upstream`, () => {
    const parts = useSteps(form);

    /** Begins an exchange. Resolves once the upstream was asked. */
    async function begin(protocol: (typeof PROTOCOL_NAMES)[number], fields: object = {}) {
      const { rig, upstream } = parts;
      const [asked, asks, leaves] = [upstream.asked(), nextAsking(upstream), nextLeaving(rig.port)];
      const client = StreamClient.ask(rig, protocol, fields);
      return { client, answer: await asked, asking: await asks, leaving: await leaves };
    }

    /** Events that carry `[read.1]` to `[read.9]`. */
    const eventsOf = (read: number) =>
      Array.from({ length: EVENTS }, (_, event) => delta(form, `[${read}.${event + 1}]`));

    for (const protocol of PROTOCOL_NAMES) {
      it(`is one write for one read of ${EVENTS} events, head and end included: ${protocol}`, async () => {
        const { client, answer, leaving } = await begin(protocol);
        for (let read = 1; read < READS; read += 1) {
          answer.send(...eventsOf(read));
          // Lockstep: the next one is sent when the client has all of this one.
          await (await client).has(`[${read}.${EVENTS}]`);
        }
        answer.sendLast(...eventsOf(READS));
        await (await client).whole();

        const { writes, texts } = leaving;
        expect(writes).to.have.length(READS);
        for (const [index, text] of writes.entries()) {
          for (const event of [1, EVENTS]) expect(text).to.contain(`[${index + 1}.${event}]`);
        }
        expect(writes.filter((text) => text.includes('HTTP/1.1 200'))).to.deep.equal(writes.slice(0, 1));
        const end = writes.at(-1);
        expect(end)
          .to.contain(PROTOCOLS[protocol].end)
          .and.to.match(/\r\n0\r\n\r\n$/);
        // Many texts in one turn of the loop would still leave in one write of the socket, at a price. The end of the
        // chunked body is one more.
        expect(texts).to.equal(READS + 1);
      });

      it(`is one write for a whole answer, however many reads it took: ${protocol}`, async () => {
        const { client, answer, asking, leaving } = await begin(protocol, { stream: false });
        for (let read = 1; read < FEW_READS; read += 1) {
          answer.send(...eventsOf(read));
          await hasRead(asking, answer);
        }
        answer.sendLast(...eventsOf(FEW_READS));
        await (await client).whole();
        expect(leaving.writes).to.have.length(1);
        expect(leaving.writes[0]).to.contain('HTTP/1.1 200').and.to.contain(`[${FEW_READS}.${EVENTS}]`);
      });
    }

    it('is nothing for a read without visible content', async () => {
      const { client, answer, asking, leaving } = await begin('chat completions');
      answer.send(delta(form, '[begun]'));
      await (await client).has('[begun]');
      answer.send(usageOf(form), usageOf(form));
      await hasRead(asking, answer);
      const cut = frame(delta(form, '[whole]'));
      answer.response.write(cut.slice(0, 40));
      await hasRead(asking, answer);
      expect(leaving.writes).to.have.length(1);
      answer.response.write(cut.slice(40));
      await (await client).has('[whole]');
      expect(leaving.writes).to.have.length(2);
      answer.sendLast();
      await (await client).whole();
      expect(leaving.writes).to.have.length(3);
    });

    it('ends with the upstream’s last event, in the same write, though its body goes on', async () => {
      const { client, answer, leaving } = await begin('chat completions');
      answer.send(delta(form, '[all]'), ...answer.ending);
      await (await client).whole();
      expect(leaving.writes).to.have.length(1);
      expect(answer.response.writableEnded).to.equal(false);
      answer.response.end();
    });
  });
}

/** Resolves when the gateway has taken everything that was sent to it from its socket. */
function hasRead({ socket }: ClientRequest, { response }: StepAnswer): Promise<void> {
  const sent = response.socket;
  return until(() => socket?.bytesRead === sent?.bytesWritten);
}
