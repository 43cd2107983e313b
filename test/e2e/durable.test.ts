/** A gateway without Redis as a process: what a restart and a disk that refuses leave of it. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, renameSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { builtMain, eventually } from '../cluster/support.js';
import { type Json, jsonOf } from '../support/gateway.js';
import { Program } from '../support/processes.js';
import { useDurableGateway } from './durable-gateway.js';

/** Figures of more than a second ago are written; the rest is for a busy machine. */
const LATE_MS = 2_000;

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

  it('chats on where a full disk refuses everything, warns once, and writes all when there is room', async function () {
    gateway.mountSmall(this, '400k');
    await gateway.start();
    execFileSync('sh', ['-c', `head -c 1m /dev/zero > '${gateway.folder}/filler' || true`], {
      stdio: 'ignore',
    });
    for (let count = 0; count < 30; count += 1) expect((await gateway.chat()).status).to.equal(200);
    await gateway.program?.until(/DATA_DIR cannot be written: the disk is full/);
    for (let count = 0; count < 5; count += 1) expect((await gateway.chat()).status).to.equal(200);
    const response = await fetch(`${gateway.url}/readyz`);
    expect(response.status).to.equal(200);
    expect(await jsonOf(response)).to.deep.equal({
      status: 'ready',
      not_kept: 'DATA_DIR cannot be written: the disk is full (SQLITE_FULL)',
    });
    await eventually(async () => {
      const page = await (await fetch(`${gateway.url}/dashboard`)).text();
      expect(page).to.contain(
        'What changes now is lost at a restart: DATA_DIR cannot be written: the disk is full',
      );
    });
    execFileSync('rm', [join(gateway.folder, 'filler')]);
    await gateway.program?.until(/DATA_DIR can be written again/);
    expect(gateway.output.match(/cannot be written/g)).to.have.length(1);
    await gateway.stop('SIGKILL');
    await gateway.start();
    expect(await gateway.total()).to.equal(35);
  });

  it('chats on where no file may grow, and has what was written before', async () => {
    await gateway.start();
    await gateway.chat();
    await gateway.stop('SIGTERM');
    const limited = ['-c', `ulimit -f 40; exec '${process.execPath}' '${builtMain()}'`];
    await gateway.start(new Program('bash', limited, { env: gateway.environment }));
    for (let count = 0; count < 30; count += 1) expect((await gateway.chat()).status).to.equal(200);
    await gateway.program?.until(/DATA_DIR cannot be written/);
    expect(await gateway.total()).to.equal(31);
    await gateway.stop('SIGKILL');
    await gateway.start();
    expect(await gateway.total()).to.be.at.least(1);
  });

  it('chats on with what it can read of a read-only folder, and says so once', async function () {
    const remount = gateway.mountSmall(this, '4m');
    await gateway.start();
    await gateway.chat();
    await sleep(LATE_MS);
    await gateway.stop('SIGKILL'); // so that the log still has it
    expect(readdirSync(gateway.folder)).to.include('state.db-wal');
    remount('ro');
    await gateway.start();
    expect(await gateway.total()).to.equal(1);
    expect((await gateway.chat()).status).to.equal(200);
    const { status, not_kept: reason } = await gateway.read('/readyz');
    expect([status, reason]).to.deep.equal(['ready', 'DATA_DIR cannot be written: it is read-only (EROFS)']);
    await gateway.stop('SIGTERM');
    expect(gateway.output.match(/cannot be written/g)).to.have.length(1);
  });

  it('writes nothing there with REDIS_URL', async () => {
    await gateway.start(gateway.run({ REDIS_URL: 'redis://127.0.0.1:1', REDIS_REQUIRED: 'false' }));
    await gateway.chat();
    await gateway.stop('SIGKILL');
    expect(existsSync(gateway.folder)).to.equal(false);
  });
});
