import { expect } from 'chai';
import { tellPauses, tellQuota, tellRequests, tellTeamChanges } from '../../src/compose/tell-events.js';
import { describeEvent, type ToldEvent } from '../../src/events/event.js';
import type { Events } from '../../src/events/event-teller.js';
import { MemoryTeamStore } from '../../src/store/memory-team.js';
import { TeamAdmin } from '../../src/team/team-admin.js';
import { recordOf } from '../stats/records.js';

const MINUTE_MS = 60_000;

describe('What becomes an event', () => {
  let told: ToldEvent[];
  const events: Events = { tell: (event) => told.push(event) };
  const kinds = () => told.map(({ kind }) => kind);
  const sentences = (language: 'en' | 'zh') =>
    told.map(({ params = {}, ...event }) => describeEvent({ params, ...event }, language));

  beforeEach(() => {
    told = [];
  });

  it('is a credential that is out until somebody acts, but none that is only overloaded', () => {
    const { onPause, onBack } = tellPauses(events);
    const cause = { scope: 'credential', mayBeOwn: false } as const;
    onPause('team', { ...cause, kind: 'overloaded', code: '1305' });
    onPause('team', { ...cause, kind: 'operator', code: '1113' });
    onBack('team');
    expect(sentences('en')).to.deep.equal([
      'The credential team is paused: refused until somebody acts (1113).',
      'The credential team answers again.',
    ]);
    expect(sentences('zh')[0]).to.equal('凭据 team 已暂停：被拒绝，需要处理（1113）。');
  });

  it('is a key that was created or revoked, with who did it, once it is stored', async () => {
    const admin = new TeamAdmin(new MemoryTeamStore(), new Set(), Date.now, tellTeamChanges(events));
    const { key } = await admin.addKey({ name: 'lead' }, { member: 'ann' });
    await admin.updateKey({ name: 'lead' }, key.id, { note: 'x' });
    await admin.removeKey({ name: 'admin' }, key.id);
    const { token } = await admin.addInvite({ name: 'admin' }, 'ann');
    await admin.acceptInvite(token, '127.0.0.1');
    await admin.acceptInvite(token, '127.0.0.1').catch(() => undefined);
    expect(kinds()).to.deep.equal(['key_created', 'key_revoked', 'key_created']);
    expect(sentences('en')[0]).to.equal(`The key ann/${key.name} was created by lead.`);
  });

  it('is a model that another one answers for, with a key that is the same all day', () => {
    const tell = tellRequests(events);
    for (const finishedAt of [0, 1, 2])
      tell(recordOf({ finishedAt, model: 'GLM-4.6', servedModel: 'GLM-4.5' }));
    tell(recordOf({ model: 'GLM-4.6' }));
    expect(kinds()).to.deep.equal(Array.from({ length: 3 }, () => 'model_substituted'));
    expect(new Set(told.map(({ onceKey }) => onceKey)).size).to.equal(1);
  });

  it('is an upstream that refuses until somebody acts, and its end after a minute without refusals', () => {
    const tell = tellRequests(events);
    const refused = (minute: number) =>
      tell(
        recordOf({
          finishedAt: minute * MINUTE_MS,
          outcome: 'upstream_error',
          status: 502,
          code: 'upstream_unauthorized',
        }),
      );
    const served = (minute: number) => tell(recordOf({ finishedAt: minute * MINUTE_MS }));
    served(0);
    for (const minute of [1, 1.1, 2]) refused(minute);
    served(2.5);
    refused(2.6);
    expect(kinds()).to.deep.equal(['upstream_refused']);
    served(4);
    expect(kinds()).to.deep.equal(['upstream_refused', 'upstream_answers']);
    refused(5);
    served(7);
    expect(told, 'it comes and goes').to.have.length(2);
    refused(15);
    expect(told.at(-1)).to.deep.include({
      kind: 'upstream_refused',
      params: { code: 'upstream_unauthorized' },
    });
  });

  it('is no failure that a client or a lost connection caused', () => {
    const tell = tellRequests(events);
    tell(recordOf({ outcome: 'caller_error', status: 400, code: 'invalid_request' }));
    tell(recordOf({ outcome: 'upstream_error', status: 502, code: 'upstream_connection_lost' }));
    expect(told).to.deep.equal([]);
  });

  it('is a plan’s quota at 80 and at 100 percent, once for each reset', () => {
    const read = (percent: number, resetsAt = 1_800_000_000_000) =>
      tellQuota(
        events,
        'plan',
        JSON.stringify({ readAt: 1, windows: [{ window: 'week', measure: 'tokens', percent, resetsAt }] }),
      );
    for (const percent of [10, 79, 81, 95, 100]) read(percent);
    expect(kinds()).to.deep.equal(['quota_warning', 'quota_warning', 'quota_spent']);
    expect(told[0]?.onceKey).to.equal(told[1]?.onceKey);
    read(85, 1_900_000_000_000);
    expect(told.at(-1)?.onceKey).not.to.equal(told[0]?.onceKey);
    expect(sentences('en').at(-1)).to.equal('The plan of plan has used 85 % of its quota (week).');
    tellQuota(events, 'plan', 'null');
    expect(told).to.have.length(4);
  });
});
