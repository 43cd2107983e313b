/** What every TeamStore does. */
import { expect } from 'chai';
import { AdminPassword } from '../../src/team/admin-password.js';
import type { AuditEntry, Team } from '../../src/team/core/entities.js';
import { sha256 } from '../../src/team/secrets.js';
import { TeamAdmin } from '../../src/team/team-admin.js';
import type { TeamStore, TeamSubscription } from '../../src/team/team-store.js';
import { until } from '../support/redis.js';

const LEAD = { name: 'admin', address: '127.0.0.1' };

export function teamContract(open: () => TeamStore): void {
  let store: TeamStore;
  let admin: TeamAdmin;
  const subscriptions: TeamSubscription[] = [];

  beforeEach(() => {
    store = open();
    admin = new TeamAdmin(store, new Set(['public', 'env']));
  });
  afterEach(async () => {
    for (const subscription of subscriptions.splice(0)) await subscription.close();
  });

  async function listen() {
    const told: string[][] = [];
    let connects = 0;
    subscriptions.push(
      await store.listen({ onChange: (ids) => told.push([...ids]), onConnect: () => (connects += 1) }),
    );
    await until(() => connects === 1);
    return told;
  }

  it('is empty at first', async () => {
    expect(await store.read()).to.deep.include({ version: 0, epoch: '' });
    expect(await store.findKey(sha256('x'))).to.deep.include({
      version: 0,
      key: undefined,
      member: undefined,
    });
    expect(await store.readAudit(10)).to.deep.equal([]);
  });

  it('gives back members and keys as they were stored, and finds a key by its secret', async () => {
    const { key, text } = await admin.addKey(LEAD, {
      member: 'ann',
      models: ['glm-4.*'],
      requestsPerMinute: 5,
      expiresAt: 2_000_000_000_000,
      note: 'Laptop "ä"',
    });
    const team = await store.read();
    expect(team.keys.get(key.id)).to.deep.equal({ ...key, revision: 1 });
    const found = await store.findKey(sha256(text));
    expect(found.key).to.deep.equal(team.keys.get(key.id));
    expect(found.member).to.deep.equal(team.members.get('ann'));
    expect(found).to.include({ version: 1, epoch: team.epoch });
    expect(team.epoch).not.to.equal('');
    expect(JSON.stringify([...team.keys.values()])).not.to.contain(text.slice(15, -6));
  });

  it('applies only the first of two changes that were made from the same state', async () => {
    const team = await store.read();
    const change = { members: [], keys: [], invites: [], digests: [], audit: [] };
    expect(await store.commit(team, change)).to.equal(true);
    expect(await store.commit(team, change)).to.equal(false);
    const next = await store.read();
    expect(await store.commit({ ...next, version: next.version - 1 }, change)).to.equal(false);
    expect(await store.commit(next, change)).to.equal(true);
  });

  it('loses none of many changes at once', async () => {
    const names = Array.from({ length: 8 }, (_, index) => `member-${index}`);
    await Promise.all(names.map((member) => admin.addKey(LEAD, { member })));
    const { members, keys } = await store.read();
    expect([...members.keys()].sort()).to.deep.equal(names);
    expect(new Set([...keys.values()].map(({ name }) => name))).to.deep.equal(new Set(names));
  });

  it('keeps what a later version has stored beside the settings it knows', async () => {
    const { key } = await admin.addKey(LEAD, { member: 'ann' });
    const team = await store.read();
    const later = { laterField: { of: 'a later version' } };
    await store.commit(team, {
      members: [...team.members].map(([id, member]) => [id, { ...member, ...later }] as const),
      keys: [...team.keys].map(([id, one]) => [id, { ...one, ...later }] as const),
      invites: [],
      digests: [],
      audit: [],
    });
    await admin.updateMember(LEAD, 'ann', { weight: 3 });
    await admin.updateKey(LEAD, key.id, { note: 'changed' });
    const { members, keys } = await store.read();
    expect(members.get('ann')).to.deep.include({ ...later, weight: 3 });
    expect(keys.get(key.id)).to.deep.include({ ...later, note: 'changed' });
  });

  it('finds every key by its secrets, and no key by those of others, after changes that race', async () => {
    const { key } = await admin.addKey(LEAD, { member: 'ann' });
    const texts: string[] = [];
    const issue = async (work: Promise<{ text: string }>) => texts.push((await work).text);
    const { token } = await admin.addInvite(LEAD, 'bob');
    await Promise.allSettled([
      issue(admin.rotateKey(LEAD, key.id, 60_000)),
      issue(admin.rotateKey(LEAD, key.id, 0)),
      admin.updateMember(LEAD, 'ann', { weight: 2 }),
      issue(admin.acceptInvite(token, '::1')),
      admin.addInvite(LEAD, 'bob'),
      admin.removeMember(LEAD, 'bob'),
      issue(admin.addKey(LEAD, { member: 'bob' })),
      issue(admin.rotateKey(LEAD, key.id, 60_000)),
      admin.removeKey(LEAD, key.id),
      issue(admin.addKey(LEAD, { member: 'ann' })),
    ]);
    const { keys, members, invites } = await store.read();
    for (const { member } of [...keys.values(), ...invites.values()])
      expect([...members.keys()]).to.include(member);
    const current = new Map(
      [...keys.values()].flatMap((one) => one.secrets.map((own) => [own.sha256, one.id])),
    );
    for (const text of texts)
      expect((await store.findKey(sha256(text))).key?.id).to.equal(current.get(sha256(text)));
    for (const [secret, id] of current) expect((await store.findKey(secret)).key?.id).to.equal(id);
  });

  it('lets an invite be taken once, however many try', async () => {
    const { token } = await admin.addInvite(LEAD, 'bob');
    const tries = await Promise.allSettled(
      Array.from({ length: 6 }, () => admin.acceptInvite(token, '127.0.0.1')),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
    const { keys, invites } = await store.read();
    expect(keys.size).to.equal(1);
    expect(invites.size).to.equal(0);
  });

  it('stores of an invite only the digest of its token', async () => {
    const { token } = await admin.addInvite(LEAD, 'bob');
    expect(stored(await store.read(), await store.readAudit(10))).not.to.contain(token);
  });

  it('ends the unseen key of an invite with the next one', async () => {
    const first = await admin.addInvite(LEAD, 'bob');
    const unseen = await admin.acceptInvite(first.token, '::1');
    const second = await admin.addInvite(LEAD, 'bob');
    expect((await store.findKey(sha256(unseen.text))).key).to.equal(undefined);
    const seen = await admin.acceptInvite(second.token, '::1');
    expect((await store.findKey(sha256(seen.text))).key?.name).to.equal('bob');
  });

  it('finds a rotated key by both secrets, under one id', async () => {
    const { key, text } = await admin.addKey(LEAD, { member: 'ann' });
    const rotated = await admin.rotateKey(LEAD, key.id, 60_000);
    expect(rotated.key.id).to.equal(key.id);
    for (const one of [text, rotated.text])
      expect((await store.findKey(sha256(one))).key?.id).to.equal(key.id);
    const again = await admin.rotateKey(LEAD, key.id, 0);
    for (const one of [text, rotated.text])
      expect((await store.findKey(sha256(one))).key).to.equal(undefined);
    expect((await store.findKey(sha256(again.text))).key?.secrets).to.have.length(1);
  });

  it('removes a member with all keys and invites', async () => {
    const { text } = await admin.addKey(LEAD, { member: 'ann' });
    await admin.addInvite(LEAD, 'ann');
    await admin.removeMember(LEAD, 'ann');
    const { members, keys, invites } = await store.read();
    expect([members.size, keys.size, invites.size]).to.deep.equal([0, 0, 0]);
    expect((await store.findKey(sha256(text))).key).to.equal(undefined);
  });

  it('tells every change of a key, or of its member', async () => {
    const told = await listen();
    const { key } = await admin.addKey(LEAD, { member: 'ann' });
    await admin.updateMember(LEAD, 'ann', { state: 'disabled' });
    await admin.removeKey(LEAD, key.id);
    await until(() => told.length === 3);
    expect(told).to.deep.equal([[key.id], [key.id], [key.id]]);
  });

  it('gives a key a new revision with each change of it or of its member', async () => {
    const { key } = await admin.addKey(LEAD, { member: 'ann' });
    const revision = async () => (await store.read()).keys.get(key.id)?.revision ?? 0;
    const first = await revision();
    await admin.updateMember(LEAD, 'ann', { note: 'x' });
    const second = await revision();
    await admin.updateKey(LEAD, key.id, { note: 'x' });
    expect(second).to.be.greaterThan(first);
    expect(await revision()).to.be.greaterThan(second);
  });

  it('keeps the audit, newest first, without secrets', async () => {
    const { key, text } = await admin.addKey(LEAD, { member: 'ann' });
    await admin.updateKey(LEAD, key.id, { models: ['glm-4.*'] });
    const audit = await store.readAudit(10);
    expect(audit.map(({ action, target }) => `${action} ${target}`)).to.deep.equal([
      'key.update ann/ann',
      'key.create ann/ann',
      'member.create ann',
    ]);
    expect(audit[0]).to.deep.include({
      actor: 'admin',
      address: '127.0.0.1',
      changes: { models: ['glm-4.*'] },
    });
    expect(stored(await store.read(), audit)).not.to.contain(text);
    expect(await store.readAudit(1)).to.have.length(1);
  });

  it('imports keys with their secrets and names, all or none', async () => {
    const keys = [
      { name: 'ann', key: 'key-of-ann', requestsPerMinute: 7 },
      { name: 'env', key: 'key-of-env' },
    ];
    expect(await admin.importKeys(LEAD, keys)).to.deep.equal(['ann', 'env']);
    expect(await admin.importKeys(LEAD, keys)).to.deep.equal([]);
    const found = await store.findKey(sha256('key-of-ann'));
    expect(found.key).to.include({ name: 'ann', member: 'ann', requestsPerMinute: 7 });
    const clash = admin.importKeys(LEAD, [
      { name: 'new', key: 'n' },
      { name: 'ann', key: 'other' },
    ]);
    expect(await clash.catch((error) => error.code)).to.equal('conflict');
    expect((await store.read()).keys.size).to.equal(2);
  });

  it('keeps names of the environment and of the statistics free', async () => {
    const { key } = await admin.addKey(LEAD, { member: 'env' });
    expect(key.name).to.equal('env-2');
    const asked = admin.addKey(LEAD, { member: 'ann', name: 'public' });
    expect(await asked.catch((error) => error.code)).to.equal('conflict');
  });

  it('keeps a session by the digest of its token, until it is removed', async () => {
    const session = { keyId: '12345678', secret: sha256('secret'), expiresAt: Date.now() + 60_000 };
    const token = sha256('token');
    expect(await store.readSession(token)).to.equal(undefined);
    await store.writeSession(token, session);
    expect(await store.readSession(token)).to.deep.equal(session);
    await store.removeSession(token);
    expect(await store.readSession(token)).to.equal(undefined);
  });

  it('keeps the admin’s password as a salted hash, and the first one unless it is reset', async () => {
    const password = new AdminPassword(undefined, store);
    expect(await password.isRight('')).to.equal(false);
    const first = (await password.ensure()) ?? '';
    expect(await password.ensure()).to.equal(undefined);
    expect(await store.readAdminHash()).to.match(/^scrypt:/);
    expect(await store.readAdminHash()).not.to.contain(first);
    for (const [given, right] of [
      [first, true],
      [first, true],
      ['wrong', false],
    ] as const)
      expect(await password.isRight(given)).to.equal(right);
    const second = await new AdminPassword(undefined, store).reset();
    expect(await password.isRight(first)).to.equal(false);
    expect(await password.isRight(second)).to.equal(true);
  });

  it('has one admin password, which every gateway knows of, when several start at once', async () => {
    const gateways = Array.from({ length: 3 }, () => new AdminPassword(undefined, store));
    const made = await Promise.all(gateways.map((gateway) => gateway.ensure()));
    expect(made.filter((password) => password !== undefined)).to.have.length(1);
    expect(gateways.map(({ exists }) => exists)).to.deep.equal([true, true, true]);
  });
}

function stored(team: Team, audit: readonly AuditEntry[]): string {
  return JSON.stringify([[...team.members], [...team.keys], [...team.invites], audit]);
}
