import { expect } from 'chai';
import { nextLeaving, StreamClient, useSteps } from './support.js';
import { delta, FORM_NAMES, frame, type StepAnswer } from './upstream.js';

const MEGABYTE = 1_000_000;
/** Nearly the longest answer of the web chat. */
const PIECES = 3_500;
const PIECE = 'x'.repeat(8_000);
/** The kernel buffers some megabytes for each of two connections, depending on the machine. */
const UNDER_WAY = 20 * MEGABYTE;
/** The gateway itself buffers one read of 64 KiB in the client's protocol. */
const KEPT = MEGABYTE;

for (const form of FORM_NAMES) {
  describe(`A client that stops reading, with the ${form} upstream`, () => {
    const parts = useSteps(form);

    it('pauses the upstream each time, and still gets every piece', async () => {
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
        // On a busy machine bytes may still be on their way when the source has paused.
        while (!answer.response.writableNeedDrain || response.writableLength === 0)
          await new Promise(setImmediate);
        let sent = await settled(() => source.sent);
        // The client's socket may take more in while the source is looked at.
        while (response.writableLength === 0) sent = await settled(() => source.sent);
        const where = `after ${megabytes} MB`;
        expect(sent - client.bytes, where).to.be.lessThan(UNDER_WAY);
        // The upstream's socket is full and has not drained.
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

/** Counts the pieces that arrive in order without a gap. */
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

/** Resolves with the value once several measurements in a row are equal. */
async function settled(look: () => number): Promise<number> {
  for (let same = 0, last = -1; ; ) {
    const now = look();
    same = now === last ? same + 1 : 0;
    last = now;
    if (same === 5) return now;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
