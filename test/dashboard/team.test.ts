/** The Team page: what it shows of members, keys, invites and the audit, and to whom. */
import { expect } from 'chai';
import supertest from 'supertest';
import { MemoryStore } from '../../src/store/memory-store.js';
import { MemoryTeamStore } from '../../src/store/memory-team.js';
import { StoreUnavailableError } from '../../src/store/store.js';
import { TeamAdmin } from '../../src/team/team-admin.js';
import { batchOf, manyRecords } from '../stats/records.js';
import { composedApp } from '../support/app.js';

const BROWSER = { accept: 'text/html' };
const HOSTILE = '"><script>alert(1)</script>';
const ADMIN = { name: 'admin', address: '192.0.2.7' };

/** A team with a key of each kind, in a store that is not kept. */
async function makeTeam() {
  const teamAdmin = new TeamAdmin(new MemoryTeamStore(), new Set());
  await teamAdmin.addMember(ADMIN, 'alice', { role: 'admin', name: 'Alice', note: HOSTILE });
  const { key, text } = await teamAdmin.addKey(ADMIN, {
    member: 'alice',
    models: ['glm-4.*'],
    requestsPerMinute: 60,
    expiresAt: Date.UTC(2099, 0, 31),
  });
  await teamAdmin.addKey(ADMIN, { member: 'ci', class: 'batch', expiresDays: 30, state: 'disabled' });
  const { token } = await teamAdmin.addInvite(ADMIN, 'bob');
  return { teamAdmin, key, text, token };
}

const present = { presence: 'present' } as const;

/** The rows of a table's body as texts. */
function rowsOf(html: string, id: string): string[] {
  const part = html.slice(html.indexOf(`id="scroll-${id}"`));
  const body = part.slice(part.indexOf('<tbody>'), part.indexOf('</tbody>'));
  return body
    .split('</tr>')
    .slice(0, -1)
    .map((row) =>
      row
        .replace(/<[^>]+>/g, ' ')
        .replace(/\s+/g, ' ')
        .trim(),
    );
}

describe('The Team page', () => {
  const verifier = {
    ...present,
    verify: async () => ({ verdict: 'unknown' as const }),
    confirm: () => ({ verdict: 'unknown' as const }),
  };

  async function read(env: Record<string, string> = {}, search = '') {
    const team = await makeTeam();
    const store = new MemoryStore();
    const used = { keyName: 'alice', keyId: team.key.id, member: 'alice' };
    // A key of the same name was removed before: what it used is not the new one's.
    const removed = { keyName: 'alice', keyId: 'anotherK', member: 'alice' };
    const records = manyRecords(5, (index) => ({ finishedAt: Date.now(), ...(index < 3 ? used : removed) }));
    await store.recordBatch(batchOf('one', 1, records));
    const app = composedApp({ env, store, teamAdmin: team.teamAdmin, verifier });
    const { text: html, status } = await supertest(app).get(`/dashboard/team${search}`).set(BROWSER);
    expect(status).to.equal(200);
    return { html, ...team };
  }

  it('shows members with their keys, their limits and their use today, and no secret', async () => {
    const { html, key, text, token } = await read({ API_KEYS: 'old:key-of-old', RATE_LIMIT: '7' });
    const [alice, aliceKey, bob, ci, ciKey, old] = rowsOf(html, 'members');
    expect(alice).to.match(/^alice Alice &#34;&gt;&lt;script&gt;.* admin all 3 90 \S+ \S+ Change$/);
    expect(aliceKey).to.match(
      new RegExp(
        `^alice sk-zto-${key.id}….{4} active glm-4\\.\\* 60 a minute 3 90 \\S+ \\S+ 2099-01-31 00:00 Change$`,
      ),
    );
    expect(bob).to.match(/^bob invited all 0 0 – Change$/);
    expect(ci).to.equal('ci all 0 0 – Change');
    expect(ciKey).to.match(/^ci sk-zto-\w{8}….{4} disabled batch 0 0 – 30 days after first use Change$/);
    expect(old).to.equal('old from API_KEYS all 7 a minute 0 0 –');
    for (const secret of [text, token, 'key-of-old']) expect(html).not.to.contain(secret);
    expect(html).not.to.contain('<script>alert');
  });

  it('shows budgets with what is spent of them', async () => {
    const { teamAdmin, key } = await makeTeam();
    const money = { unit: 'USD', amount: 20_000_000, period: 'month', hard: true } as const;
    const tokens = { unit: 'tokens', amount: 2_000, period: 'day' } as const;
    await teamAdmin.updateMember(ADMIN, 'alice', { budgets: [money], maxInFlight: 4 });
    await teamAdmin.updateKey(ADMIN, key.id, { budgets: [tokens], tokensPerMinute: 1_000 });
    const app = composedApp({ teamAdmin, verifier });
    const { text } = await supertest(app).get('/dashboard/team').set(BROWSER);
    const [alice, aliceKey] = rowsOf(text, 'members');
    expect(alice).to.contain('4 at a time $20.00 a month · ends answers $0.00 spent');
    expect(aliceKey).to.contain('1,000 tokens a minute 2,000 tokens a day 0 tokens spent');
    expect(rowsOf(text, 'audit')[1]).to.contain(
      'budgets: $20.00 a month · ends answers · requests at a time: 4',
    );
  });

  it('lists open invites, and what was changed by whom', async () => {
    const { html } = await read();
    expect(
      rowsOf(html, 'invites').map((row) => row.replace(/\d{4}-\d\d-\d\d \d\d:\d\d/g, 'T')),
    ).to.deep.equal(['bob admin T T Take back']);
    const audit = rowsOf(html, 'audit');
    expect(audit).to.have.length(6);
    expect(audit[0]).to.match(/ admin 192\.0\.2\.7 invited bob expires \(UTC\): /);
    expect(audit.at(-2)).to.contain('made the key alice/alice models: glm-4.* · requests per minute: 60');
  });

  it('finds members by what they and their keys are called', async () => {
    const { html } = await read({ API_KEYS: 'old:key-of-old' }, '?q=CI');
    expect(rowsOf(html, 'members').map((row) => row.split(' ')[0])).to.deep.equal(['ci', 'ci']);
    expect((await read({}, '?q=nobody')).html).to.contain('Nobody matches.');
  });

  it('warns of a key that everybody has, and of a store that forgets', async () => {
    const open = await read({ DEFAULT_KEY: 'another-key-of-all' });
    expect(open.html).to.contain('DEFAULT_KEY stays open').and.not.contain('another-key-of-all');
    expect(open.html).to.contain('a restart ends them');
    const closed = await read({ API_KEYS: 'old:key-of-old' });
    expect(closed.html).not.to.contain('DEFAULT_KEY stays open');
    // Once there is a team, sk-your-key is not accepted.
    expect((await read()).html)
      .not.to.contain('DEFAULT_KEY stays open')
      .and.not.contain('sk-your-key');
  });

  it('says that sk-your-key ends, while there is nobody', async () => {
    const { text } = await supertest(composedApp()).get('/dashboard/team').set(BROWSER);
    expect(text).to.contain('Everybody can use sk-your-key now').and.contain('Nobody yet');
    const { text: chinese } = await supertest(composedApp()).get('/dashboard/team?lang=zh').set(BROWSER);
    expect(chinese).to.contain('目前任何人都可以使用 sk-your-key').and.contain('还没有成员');
  });

  it('says while the store is away that a revocation waits for it', async () => {
    class AwayStore extends MemoryTeamStore {
      override readonly read = () => Promise.reject(new StoreUnavailableError('away'));
    }
    const teamAdmin = new TeamAdmin(new AwayStore(), new Set());
    for (const path of ['', '/live']) {
      const { status, text } = await supertest(composedApp({ teamAdmin }))
        .get(`/dashboard/team${path}`)
        .set(BROWSER);
      expect(status).to.equal(503);
      expect(text).to.contain('takes effect with its return');
    }
  });
});
