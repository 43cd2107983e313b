/** `npm run keys` against a running gateway, as a process. */
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';
import { COMMANDS, parseCommand } from '../../src/cli/keys/arguments.js';
import { parseKeyFile } from '../../src/cli/keys/key-list.js';
import { UsageError } from '../../src/cli/keys/option-values.js';
import { runKeys } from '../../src/cli/keys/run.js';
import { SETTING_NAMES } from '../../src/cli/keys/settings.js';
import { parseKey } from '../../src/team/core/key-form.js';
import { builtFile } from '../support/build.js';
import { Rig, useGateway } from '../support/gateway.js';
import { startNode } from '../support/processes.js';
import { needs, type RedisServer, startRedis } from '../support/redis.js';
import { ADMIN, admin } from '../support/team.js';

/** In this process, as the program does it. */
async function run(args: readonly string[], env: Record<string, string> = {}, resetPatienceMs?: number) {
  const { code, output, complaint } = await runKeys(args, { DATA_DIR: 'none', ...env }, resetPatienceMs);
  return { code, stdout: output, stderr: complaint };
}

describe('npm run keys', () => {
  const rig = useGateway({ form: 'zai', env: { ADMIN_PASSWORD: ADMIN } });
  const keys = (...args: string[]) => run(args, { ADMIN_PASSWORD: ADMIN, PUBLIC_URL: rig.url });
  const status = async (key: string) =>
    (await rig.ask('sim:say(ok)', { headers: { authorization: `Bearer ${key}` }, stream: false })).status;

  it('makes a key that works, and lists, rotates, disables, enables and removes it', async () => {
    const added = await keys('add', 'alice', '--models', 'glm-4.*', '--rpm', '60', '--expires', '90d');
    expect(added.code, added.stderr).to.equal(0);
    const [key = ''] = added.stdout.split('\n');
    expect(parseKey(key), added.stdout).not.to.equal(undefined);
    expect(await status(key)).to.equal(200);
    const listed = await keys('list');
    expect(listed.stdout)
      .to.match(/^alice +\w{8} +alice +active +60 +glm-4\.\* /m)
      .and.not.to.contain(key);
    const rotated = await keys('rotate', 'alice', '--grace', '1h');
    const [second = ''] = rotated.stdout.split('\n');
    expect([await status(key), await status(second)]).to.deep.equal([200, 200]);
    expect((await keys('disable', 'alice')).code).to.equal(0);
    expect(await status(second)).to.equal(401);
    expect((await keys('enable', 'alice', '--member')).code).to.equal(0);
    expect((await keys('enable', 'alice')).code).to.equal(0);
    expect(await status(second)).to.equal(200);
    const shown = await keys('show', 'alice', '--json');
    expect(JSON.parse(shown.stdout)).to.include({ name: 'alice', requests_per_minute: 60 });
    expect((await keys('remove', 'alice')).code).to.equal(0);
    expect(await status(second)).to.equal(401);
  });

  it('makes an invite, tells that its link works on this machine only, and takes it back', async () => {
    const invited = await keys('invite', 'bob');
    expect(invited.stdout).to.match(/ UTC\.\nIt can be opened on this machine only: set PUBLIC_URL/);
    expect((await keys('remove', 'bob')).stderr).to.contain('--member means a member');
    expect((await keys('remove', '--member', 'bob')).code).to.equal(0);
  });

  it('changes settings of a key and of its member, and shows both', async () => {
    await keys('add', 'eve', '--note', 'laptop');
    const key = await keys('set', 'eve', '--rpm', '30', '--models', 'glm-4.*', '--class', 'batch');
    expect(key.stdout, key.stderr)
      .to.match(/^Key eve\n/)
      .and.match(/requests per minute +30$/m);
    const member = ['eve', '--member', '--rpm', '90', '--role', 'admin', '--weight', '2', '--name', 'Eve L.'];
    expect((await keys('set', ...member)).code).to.equal(0);
    const shown = (await keys('show', 'eve')).stdout;
    for (const line of [/^Key eve$/, / models +glm-4\.\*$/, / note +laptop$/, / role +admin$/, / weight +2$/])
      expect(shown).to.match(new RegExp(line.source, 'm'));
    await keys('set', 'eve', '--rpm', 'none', '--models', 'all', '--note', '', '--expires', 'never');
    const { body } = await admin(rig.url, 'GET', '/keys');
    const cleared = body.data.find(({ name }: { name: string }) => name === 'eve');
    expect(cleared).to.include({ requests_per_minute: null, models: null, note: '', expires_at: null });
    const own = await keys('show', 'eve', '--member', '--json');
    expect(JSON.parse(own.stdout)).to.include({ id: 'eve', name: 'Eve L.', requests_per_minute: 90 });
    expect((await keys('remove', 'eve', '--member')).stdout).to.equal('Member eve is removed.');
  });

  it('lists members without a key, and invites that nobody has taken', async () => {
    expect((await keys('add', 'fay', '--member', '--class', 'batch')).stdout).to.contain('without a key');
    const { url } = JSON.parse((await keys('invite', 'gus', '--json')).stdout);
    const { stdout: list } = await keys('list');
    expect(list)
      .to.match(/^- +- +fay +no key/m)
      .and.match(/^- +- +gus +invited +- +- +\d{4}-/m);
    expect(list).not.to.match(/gus +no key/);
    const invites = await keys('invites');
    expect(invites.stdout).to.match(/^MEMBER .*\ngus +\d{4}-.* admin$/);
    expect(invites.stdout + list).not.to.contain(url.split('#')[1]);
    expect((await keys('show', 'gus')).stderr).to.contain('No key is named gus, but a member is');
    await keys('remove', 'gus', '--member');
    expect((await keys('invites')).stdout).to.equal('There are no open invites.');
  });

  it('finds the gateway on its own machine where PUBLIC_URL cannot be reached from there', async () => {
    const inside = { ADMIN_PASSWORD: ADMIN, PUBLIC_URL: 'http://127.0.0.1:59998', PORT: String(rig.port) };
    const { code, stderr } = await run(['list'], inside);
    expect(code, stderr).to.equal(0);
  });

  it('imports API_KEYS with their limits, or a file, with the same secrets', async () => {
    const env = { ADMIN_PASSWORD: ADMIN, PUBLIC_URL: rig.url };
    const own = { ...env, API_KEYS: 'ann:key-of-ann-1,bea:key-of-bea-1', RATE_LIMITS: 'ann=7' };
    const imported = await run(['import'], own);
    expect(imported.stdout).to.match(/^Imported: ann, bea\.\nRemove API_KEYS/);
    expect(imported.stdout).not.to.contain('key-of');
    expect(await status('key-of-ann-1')).to.equal(200);
    const { body } = await admin(rig.url, 'GET', '/keys');
    expect(body.data.find(({ name }: { name: string }) => name === 'ann').requests_per_minute).to.equal(7);
    const file = join(mkdtempSync(join(tmpdir(), 'ztoapi-keys-')), 'keys.csv');
    writeFileSync(file, 'name,key\r\nbea,key-of-bea-1\r\n"cid","key-of-cid-1"\r\n');
    const more = await run(['import', file], env);
    expect(more.stdout.trim()).to.equal('Imported: cid.\nAlready there: bea.');
    expect(await status('key-of-cid-1')).to.equal(200);
  });

  const failures: [args: string[], env: Record<string, string>, code: number, told: RegExp][] = [
    [
      ['add', 'x', '--budget', '20/year'],
      {},
      2,
      /--budget: found 20\/year; allowed: 20\/month \(US dollars\)/,
    ],
    [['list'], { ADMIN_PASSWORD: '' }, 2, /ADMIN_PASSWORD is not set/],
    [['list'], { ADMIN_PASSWORD: 'wrong' }, 1, /does not accept this ADMIN_PASSWORD/],
    [['show', 'nobody'], {}, 1, /There is no key nobody/],
    [['add', 'a b'], {}, 1, /member: must be 1 to 64 letters/],
    [['import'], {}, 2, /API_KEYS is not set here/],
    [
      ['list', '--url', 'http://127.0.0.1:59998'],
      {},
      3,
      /No gateway answers at http:\/\/127\.0\.0\.1:59998 \(ECONNREFUSED\)/,
    ],
    [['reset-admin'], {}, 1, /ADMIN_PASSWORD is configured/],
  ];
  for (const [args, env, code, told] of failures) {
    it(`ends with ${code} at: ${args.join(' ') || 'nothing'}`, async () => {
      const result = await run(args, { ADMIN_PASSWORD: ADMIN, PUBLIC_URL: rig.url, ...env });
      expect(result.stderr).to.match(told);
      expect(result.code).to.equal(code);
      expect(result.stdout).to.equal('');
    });
  }

  it('prints the answer of a process, and ends with its code', async () => {
    const env = { PATH: process.env.PATH, HOME: tmpdir(), DATA_DIR: 'none', ADMIN_PASSWORD: ADMIN };
    const start = (...args: string[]) =>
      startNode([builtFile('cli/keys.js'), ...args], { env: { ...env, PUBLIC_URL: rig.url } }).ended;
    const [listed, refused] = await Promise.all([start('list'), start('show', 'nobody')]);
    expect(listed).to.include({ code: 0, stderr: '' });
    expect(listed.stdout).to.match(/^NAME +ID/);
    expect(refused).to.include({ code: 1, stdout: '' });
    expect(refused.stderr).to.contain('There is no key nobody');
  });

  it('explains itself', async () => {
    const { code, stdout } = await run(['--help']);
    expect(code).to.equal(0);
    for (const command of Object.keys(COMMANDS)) expect(stdout).to.contain(`npm run keys -- ${command}`);
    for (const option of [...SETTING_NAMES, 'member', 'hard', 'grace', 'json', 'url'])
      expect(stdout).to.contain(` --${option}`);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).to.be.at.most(120);
  });
});

describe('npm run keys beside sk-your-key', () => {
  const rig = useGateway({ form: 'zai', env: { ADMIN_PASSWORD: ADMIN, DEFAULT_KEY: 'sk-your-key' } });

  it('tells who makes the first key, and nobody later, that the well-known key ends', async () => {
    const add = (member: string) => run(['add', member], { ADMIN_PASSWORD: ADMIN, PUBLIC_URL: rig.url });
    const told = /^sk-your-key is refused from now on/m;
    expect((await add('first')).stdout).to.match(told);
    expect((await add('second')).stdout).not.to.match(told);
  });
});

describe('npm run keys -- reset-admin', () => {
  const asAdmin = (rig: Rig, password: string) =>
    admin(rig.url, 'GET', '/members', undefined, { authorization: `Bearer ${password}` });

  it('asks a running gateway without Redis by a file that holds no password', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ztoapi-reset-'));
    const waiting = await run(['reset-admin'], { DATA_DIR: folder }, 0);
    const [early = ''] = waiting.stdout.split('\n');
    expect(waiting.stdout).to.contain(`as soon as the gateway with DATA_DIR=${folder} runs`);
    expect(readFileSync(join(folder, 'reset-admin'), 'utf8'))
      .to.match(/^scrypt:/)
      .and.not.to.contain(early);
    const rig = await new Rig().start({ form: 'zai', env: { DATA_DIR: folder } });
    try {
      const { stdout, code } = await run(['reset-admin'], { DATA_DIR: folder });
      const [password = ''] = stdout.split('\n');
      expect(code).to.equal(0);
      expect(stdout).to.contain('It works now');
      expect((await asAdmin(rig, password)).status).to.equal(200);
      expect((await asAdmin(rig, early)).status).to.equal(401);
      const { body } = await admin(rig.url, 'GET', '/audit', undefined, {
        authorization: `Bearer ${password}`,
      });
      expect(body.data[0]).to.include({ action: 'admin.reset', actor: 'operator' });
    } finally {
      await rig.stop();
    }
  });

  describe('with Redis', () => {
    let server: RedisServer;
    before(async function () {
      needs(this, 'redis-server');
      server = await startRedis();
    });
    after(() => server?.stop('SIGTERM'));

    it('writes to it, and every replica accepts the new password at once', async () => {
      const env = { REDIS_URL: server.url };
      const rig = await new Rig().start({ form: 'zai', env });
      try {
        const { stdout } = await run(['reset-admin'], env);
        const [password = ''] = stdout.split('\n');
        expect((await asAdmin(rig, password)).status).to.equal(200);
      } finally {
        await rig.stop();
      }
    });
  });
});

describe('npm run keys -- backup', () => {
  it('copies the state of a running gateway, and the copy restores all that was answered', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ztoapi-backup-'));
    const env = { DATA_DIR: folder, ADMIN_PASSWORD: ADMIN };
    let rig = await new Rig().start({ form: 'zai', env });
    const made = await admin(rig.url, 'POST', '/keys', { member: 'kept' });
    const copied = await run(['backup'], env);
    expect(copied.stdout, copied.stderr).to.equal(join(folder, 'backup.db'));
    expect(statSync(copied.stdout).mode & 0o777).to.equal(0o600);
    await admin(rig.url, 'POST', '/keys', { member: 'too-late' });
    await rig.stop();
    const restored = mkdtempSync(join(tmpdir(), 'ztoapi-restored-'));
    copyFileSync(copied.stdout, join(restored, 'state.db'));
    rig = await new Rig().start({ form: 'zai', env: { ...env, DATA_DIR: restored } });
    try {
      const { body } = await admin(rig.url, 'GET', '/members');
      expect(body.data.map(({ id }: { id: string }) => id)).to.deep.equal(['kept']);
      const headers = { authorization: `Bearer ${made.body.key}` };
      expect((await fetch(`${rig.url}/v1/key`, { headers })).status).to.equal(200);
    } finally {
      await rig.stop();
    }
  });

  it('says what to do where no gateway runs, and leaves no request behind', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ztoapi-backup-'));
    const { code, stderr } = await run(['backup'], { DATA_DIR: folder }, 0);
    expect([code, stderr]).to.deep.equal([
      1,
      `No gateway with DATA_DIR=${folder} runs: copy the folder itself.`,
    ]);
    expect(readdirSync(folder)).to.deep.equal([]);
    const shared = await run(['backup'], { REDIS_URL: 'redis://127.0.0.1:9' });
    expect(shared.stderr).to.contain('redis-cli -u "$REDIS_URL" --rdb backup.rdb');
  });
});

describe('The command line of npm run keys', () => {
  const wrong: [args: string[], told: RegExp][] = [
    [[], /No command given/],
    [['ad'], /Unknown command ad/],
    [['add'], /add needs a member/],
    [['add', 'x', '--expires', 'soon'], /--expires: found soon; allowed: a number with s, m, h or d/],
    [['add', 'x', '--expires-after-use', '1h'], /--expires-after-use: found 1h; allowed: days/],
    [['add', 'x', '--rpm', '0'], /--rpm: found 0/],
    [['add', 'x', '--modles', 'y'], /modles/],
    [['add', 'x', '--tpm=0'], /--tpm: found 0; allowed: a whole number from 1/],
    [['add', 'x', '--hard'], /--hard goes with --budget/],
    [['list', 'extra'], /list does not take extra/],
    [['list', '--rpm', '5'], /list does not take --rpm/],
    [['set', 'x'], /set needs a setting, such as --rpm 60/],
    [['set', 'x', '--weight', '2'], /--weight is a setting of members: .* set --member MEMBER --weight/],
    [['set', 'x', '--member', '--expires', '90d'], /--expires is a setting of keys: leave --member out/],
    [['set', 'x', '--name', 'y'], /--name: the name of a key stays/],
    [['add', 'x', '--class', 'slow'], /--class: found slow; allowed: interactive or batch/],
    [['set', 'x', '--member', '--role', 'boss'], /--role: found boss; allowed: member or admin/],
    [
      ['set', 'x', '--member', '--weight', '101'],
      /--weight: found 101; allowed: a whole number from 1 to 100/,
    ],
    [['add', 'x', 'y'], /add does not take y/],
  ];
  for (const [args, told] of wrong) {
    it(`says what is wrong with: ${args.join(' ') || 'nothing'}`, () => {
      expect(() => parseCommand(args, 0)).to.throw(UsageError, told);
    });
  }

  it('reads durations from now, and days as they are', () => {
    const expiry = (text: string) => {
      const command = parseCommand(['add', 'x', '--expires', text], 0);
      return command === 'help' ? undefined : command.fields.expires_at;
    };
    expect(expiry('90d')).to.equal('1970-04-01T00:00:00.000Z');
    expect(expiry('2027-01-31')).to.equal('2027-01-31');
  });

  it('reads budgets of dollars, yuan and tokens', () => {
    const budgets = (...args: string[]) => {
      const command = parseCommand(['set', 'x', '--budget', ...args], 0);
      return command === 'help' ? undefined : command.fields.budgets;
    };
    expect(budgets('20/month,140cny/week,2000tokens/day')).to.deep.equal([
      { money: 20, currency: 'USD', period: 'month', hard: false },
      { money: 140, currency: 'CNY', period: 'week', hard: false },
      { tokens: 2000, period: 'day', hard: false },
    ]);
    expect(budgets('0.5usd/total', '--hard')).to.deep.equal([
      { money: 0.5, currency: 'USD', period: 'total', hard: true },
    ]);
    expect(budgets('none')).to.equal(null);
    for (const text of ['20', '20/year', 'x/day', '1.5tokens/day', '0/day', '1e3/day'])
      expect(() => budgets(text), text).to.throw(UsageError, '--budget: found');
  });

  it('tells the line of a file that is wrong, and never a key', () => {
    expect(() => parseKeyFile('ann,key-1234\nbob key-5678')).to.throw(/^Line 2 is not NAME,KEY/);
    expect(() => parseKeyFile('\n')).to.throw('no keys');
  });
});
