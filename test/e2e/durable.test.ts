/** A gateway without Redis as a process: what a restart leaves of it. */
import { cpSync, renameSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Json, jsonOf } from '../support/gateway.js';
import { useDurableGateway } from './durable-gateway.js';

describe('A gateway without Redis, as a process', () => {
  const gateway = useDurableGateway();

  it('has after a restart what it had before: figures, requests, responses', async () => {
    await gateway.start();
    for (let count = 0; count < 5; count += 1) await jsonOf(await gateway.chat());
    const first = await jsonOf(await gateway.post('/v1/responses', { input: 'sim:events=2', store: true }));
    await gateway.stop('SIGTERM');
    const output = gateway.output;
    await gateway.start();
    const stats = await gateway.read('/dashboard/stats');
    expect(stats.TotalRequests).to.equal(6);
    const requests = await gateway.read('/dashboard/requests');
    expect(requests.map(({ path }: Json) => path))
      .to.have.length(6)
      .and.to.include('/v1/responses');
    const second = await gateway.post('/v1/responses', {
      input: 'sim:events=2',
      previous_response_id: first.id,
    });
    expect(second.status).to.equal(200);
    // Nothing that a person without settings would have to read.
    for (const text of [output, gateway.output])
      expect(text.replace(/^.*"level":30.*$/gm, '').trim()).to.equal('');
  });

  it('goes on from a copy of the folder that was put in its place', async () => {
    await gateway.start();
    await gateway.chat();
    await gateway.stop('SIGTERM');
    const { folder } = gateway;
    cpSync(folder, `${folder}-backup`, { recursive: true });
    await gateway.start();
    await gateway.chat();
    await gateway.stop('SIGKILL');
    rmSync(folder, { recursive: true });
    renameSync(`${folder}-backup`, folder);
    await gateway.start();
    expect(await gateway.total()).to.equal(1);
  });

  it('refuses the folder of another gateway in one line, and takes it over when that was killed', async () => {
    await gateway.start();
    const second = gateway.run();
    expect((await second.ended).code).to.equal(1);
    expect(second.output.trim().split('\n')).to.have.length(1);
    expect(second.output).to.contain(`${gateway.folder} (DATA_DIR) is in use by another gateway`);
    await gateway.stop('SIGKILL');
    await gateway.start();
    expect((await gateway.read('/readyz')).status).to.equal('ready');
  });

  it('ends in one line if its file is damaged', async () => {
    await gateway.start();
    await gateway.chat();
    await gateway.stop('SIGTERM');
    truncateSync(join(gateway.folder, 'state.db'), 5_000);
    const refused = gateway.run();
    expect((await refused.ended).code).to.equal(1);
    expect(refused.output.trim().split('\n')).to.have.length(1);
    expect(refused.output).to.contain('is damaged').and.to.contain('docs/operations.md');
  });
});
