import { expect } from 'chai';
import { EXPECTED, rawS11, rawS12, SEQUENCES } from '../../src/simulator/sequences.js';
import { askWeb, type Json, payloads, replay, useSimulator } from './client.js';

const events = (lines: string[]): Json[] =>
  lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));

/** Unwraps a finished document of one round: reasoning unquoted, one newline after the wrapper removed. */
function unwrap(document: string): { reasoning: string; content: string } {
  const match = /^<details [^>]*>\n<summary>.*<\/summary>\n([\s\S]*?)\n<\/details>\n([\s\S]*)$/.exec(
    document,
  );
  if (!match) return { reasoning: '', content: document };
  const [, quoted = '', content = ''] = match;
  return { reasoning: quoted.replace(/^> ?/gm, ''), content };
}

describe('the fixed sequences of the web chat', () => {
  const simulator = useSimulator();

  it('replay to the expected texts; S3 has a second newline after the wrapper', () => {
    for (const name of ['S1', 'S2', 'S7', 'S8', 'S9', 'S13', 'S14'] as const)
      expect(unwrap(replay(events(SEQUENCES[name]))), name).to.deep.equal(EXPECTED[name]);
    const { reasoning, content } = unwrap(replay(events(SEQUENCES.S3)));
    expect(reasoning).to.equal(EXPECTED.S3.reasoning);
    expect(content).to.equal(`\n${EXPECTED.S3.content}`);
  });

  it('S4 leaves a block whose arguments parse', () => {
    const document = replay(events(SEQUENCES.S4));
    const block = JSON.parse(/<glm_block view="">(.*)<\/glm_block>/.exec(document)?.[1] ?? '');
    expect(document.startsWith(EXPECTED.S4.content)).to.equal(true);
    expect(JSON.parse(block.data.metadata.arguments)).to.deep.equal({ city: 'Oslo', unit: 'celsius' });
  });

  it('S12 has a line above 64 KiB, writes of 16 KiB and a cut inside a character', () => {
    const writes = rawS12();
    const lines = payloads(Buffer.concat(writes).toString());
    expect(Math.max(...lines.map((line) => Buffer.byteLength(line)))).to.be.within(100_000, 112_000);
    expect(writes.slice(1, -1).every((write) => write.length === 16_384)).to.equal(true);
    expect(writes.filter((write) => ((write[0] ?? 0) & 0xc0) === 0x80)).to.have.length(1);
    expect(unwrap(replay(events(lines)))).to.deep.equal(EXPECTED.S12);
    const last = events(lines).at(-1);
    expect(last.data.edit_index).to.equal([...replay(events(lines))].length);
  });

  it('are sent exactly as written', async () => {
    const response = await askWeb(simulator().url, 'please sim:s1');
    expect(response.headers.get('content-type')).to.match(/^text\/event-stream/);
    expect(payloads(await response.text())).to.deep.equal(SEQUENCES.S1);
  });

  it('sim:s11 and sim:s12 are sent byte for byte', async () => {
    const framing = await askWeb(simulator().url, 'sim:s11');
    expect(Buffer.from(await framing.arrayBuffer()).equals(rawS11())).to.equal(true);
    const long = await askWeb(simulator().url, 'sim:s12');
    expect(Buffer.from(await long.arrayBuffer()).equals(Buffer.concat(rawS12()))).to.equal(true);
  });
});
