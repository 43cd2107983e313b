import { expect } from 'chai';
import { ChunkDecoder } from '../../../src/upstream/openai-compatible/chunk-decoder.js';
import { SchemaWatch } from '../../../src/upstream/openai-compatible/schema-watch.js';
import { CUT_SIZES, cut, decoded, outcomeOf, sse } from '../support.js';

const delta = (fields: object) => JSON.stringify({ choices: [{ index: 0, delta: fields }] });
const stop = JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
const thought = delta({ reasoning_content: 'Hm. ' });
const said = (...texts: string[]) => texts.map((content) => delta({ content }));

async function watched(payloads: string[], size: number) {
  let ignored = 0;
  const watch = new SchemaWatch(new ChunkDecoder(() => 'id'), () => {
    ignored += 1;
  });
  const outcome = await outcomeOf(decoded(watch, cut(sse([...payloads, stop, '[DONE]']), size)));
  return { ...outcome, ignored };
}

for (const size of CUT_SIZES) {
  describe(`SchemaWatch over reads of ${size} bytes`, () => {
    it('lets an answer pass that begins as it should, after blanks and thinking', async () => {
      for (const payloads of [
        said('{"a":', '1}'),
        said(' ', '\n', '{"a":1}'),
        [thought, ...said('{}')],
        said('[1', ']'),
        [],
      ]) {
        const { ignored, error, finish } = await watched(payloads, size);
        expect({ ignored, error, finish }).to.deep.equal({ ignored: 0, error: undefined, finish: 'stop' });
      }
    });

    it('notices an answer that begins with anything else, once, and lets it pass', async () => {
      for (const first of ['Sure', '```json\n{', '"', '<think>']) {
        for (const before of [[], [thought], said(' ')]) {
          const { ignored, error, text } = await watched([...before, ...said(first, ' more {')], size);
          expect({ ignored, error }, first).to.deep.equal({ ignored: 1, error: undefined });
          expect(text.trim()).to.equal(`${first} more {`);
        }
      }
    });
  });
}
