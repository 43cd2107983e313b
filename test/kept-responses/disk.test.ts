/** What a gateway without Redis writes of kept responses. */
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import OpenAI from 'openai';
import { KEY, Rig } from '../support/gateway.js';

describe('Kept responses of a gateway without Redis', () => {
  it('outlive a restart, and are unreadable on disk', async () => {
    const canary = 'canary-3c9e';
    const folder = mkdtempSync(join(tmpdir(), 'ztoapi-kept-'));
    const start = () => new Rig().start({ form: 'zai', env: { DATA_DIR: folder } });
    const responsesOf = ({ url }: Rig) =>
      new OpenAI({ baseURL: `${url}/v1`, apiKey: KEY, maxRetries: 0 }).responses;
    const first = await start();
    const { id } = await responsesOf(first).create({
      model: 'GLM-4.5',
      input: `${canary} sim:say(${canary} answer)`,
      metadata: { secret: canary },
    });
    await first.stop();
    const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
    expect(files.length).to.be.above(0);
    for (const secret of [canary, KEY]) expect(Buffer.concat(files).includes(secret)).to.equal(false);
    const second = await start();
    try {
      expect((await responsesOf(second).retrieve(id)).output_text).to.equal(`${canary} answer`);
    } finally {
      await second.stop();
    }
  });
});
