/** A gateway without Redis as a process: what a disk that refuses leaves of it. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { builtMain, eventually } from '../cluster/support.js';
import { jsonOf } from '../support/gateway.js';
import { Program } from '../support/processes.js';
import { useDurableGateway } from './durable-gateway.js';

/** Figures of more than a second ago are written; the rest is for a busy machine. */
const LATE_MS = 2_000;

describe('A gateway without Redis whose disk refuses', () => {
  const gateway = useDurableGateway();

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
    // What is being written is counted when that has failed.
    await eventually(async () => expect(await gateway.total()).to.equal(31));
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
