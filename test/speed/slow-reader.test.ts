import { expect } from 'chai';
import { nextLeaving, StreamClient, useSteps } from './support.js';
import { delta, FORM_NAMES, frame, type StepAnswer } from './upstream.js';

const MEGABYTE = 1_000_000;
/** As much as the web chat may answer, nearly. */
const PIECES = 3_500;
const PIECE = 'x'.repeat(8_000);
/** The kernel keeps some megabytes for each of two connections; how many is the machine's to say. */
const UNDER_WAY = 20 * MEGABYTE;
/** What the gateway keeps itself is one read of 64 KiB, written in the client's words. */
const KEPT = MEGABYTE;

for (const form of FORM_NAMES) {
  describe(`A client that stops reading, with the ${form} upstream`, () => {
    const parts = useSteps(form);

    it('holds the upstream back each time it stops, and gets every piece in the end', async () => {
      const { rig, upstream } = parts;
      const [asked, leaves] = [upstream.asked(), nextLeaving(rig.port)];
      const coming = StreamClient.ask(rig, 'chat completions');
      const [answer, { response }] = [await asked, await leaves];
      answer.send(delta(form, '[begun]'));
      const client = await coming;
      await client.has('[begun]');
      client.response.pause();
      const pieces = countPieces(client);
      const source = pour(answer);
      for (const megabytes of [0, 2, 8]) {
        client.response.resume();
        while (client.bytes < megabytes * MEGABYTE) await new Promise(setImmediate);
        client.response.pause();
        const sent = await settled(() => source.sent);
        const where = `after ${megabytes} MB`;
        expect(sent - client.bytes, where).to.be.lessThan(UNDER_WAY);
        // The upstream's own write was refused, and it was not told since that there is room.
        expect(answer.response.writableNeedDrain, where).to.equal(true);
        expect(response.writableLength, where).to.be.within(1, KEPT);
      }
      client.response.resume();
      await client.whole();
      expect(pieces.inOrder).to.equal(PIECES);
      expect(client.tail).to.contain('"finish_reason":"stop"').and.to.contain('data: [DONE]\n\n');
    });
  });
}

/** Sends the whole answer in numbered pieces as the gateway takes it, then its end. */
function pour(answer: StepAnswer): { readonly sent: number } {
  const source = { sent: 0 };
  const all = async () => {
    for (let piece = 0; piece < PIECES; piece += 1) {
      const bytes = Buffer.from(frame(delta(answer.form, `[${piece}]${PIECE}`)));
      source.sent += bytes.length;
      await answer.pour(bytes);
    }
    answer.sendLast();
  };
  void all();
  return source;
}

/** Counts the pieces that came one after the other, none of them left out. */
function countPieces({ response }: StreamClient): { readonly inOrder: number } {
  const count = { inOrder: 0 };
  let rest = '';
  response.on('data', (text: string) => {
    rest += text;
    for (;;) {
      const mark = `"[${count.inOrder}]${PIECE}"`;
      const at = rest.indexOf(mark);
      if (at < 0) break;
      rest = rest.slice(at + mark.length);
      count.inOrder += 1;
    }
  });
  return count;
}

/** The value once it has stopped growing: the same at several looks in a row. */
async function settled(look: () => number): Promise<number> {
  for (let same = 0, last = -1; ; ) {
    const now = look();
    same = now === last ? same + 1 : 0;
    last = now;
    if (same === 5) return now;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
