import { expect } from 'chai';
import { Terms } from '../../src/compose/terms.js';
import { loadConfig } from '../../src/config/config.js';
import { type AuditEntry, EMPTY_TEAM, type Key, type Team } from '../../src/team/core/entities.js';

describe('The terms of a personal coding plan', () => {
  let team: Team;
  let lines: string[];
  const open = (env: Record<string, string>) => {
    lines = [];
    team = EMPTY_TEAM;
    return new Terms(loadConfig({ ZAI_TOKEN: 'a.b', ...env }), async () => team, {
      warn: (line: string) => lines.push(line),
    } as never);
  };
  const hire = (...members: string[]) => {
    const keys = members.map((member, index) => [`k${index}`, { member } as Key] as const);
    team = { ...team, keys: new Map(keys) };
  };
  const PLAN = { UPSTREAM_URL: 'https://api.z.ai/api/coding/paas/v4' };
  const noteChange = async (terms: Terms, action: AuditEntry['action']) => {
    terms.noteChanges([{ action } as AuditEntry]);
    await new Promise(setImmediate);
  };

  it('are told when a second member gets a key, and once for each further one', async () => {
    const terms = open(PLAN);
    hire('ann', 'ann');
    await noteChange(terms, 'key.create');
    expect(lines).to.deep.equal([]);
    hire('ann', 'ann', 'bob');
    await noteChange(terms, 'member.update');
    expect(lines).to.deep.equal([]);
    for (let time = 0; time < 2; time += 1) await noteChange(terms, 'invite.accept');
    expect(lines).to.have.lengthOf(1);
    expect(lines[0]).to.contain('2 keys');
    hire('ann', 'bob', 'eve');
    await noteChange(terms, 'key.import');
    expect(lines[1]).to.contain('3 keys');
  });

  it('are not told again at a start that has told of the keys of the environment', async () => {
    const terms = open({ ...PLAN, API_KEYS: 'ann:sk-a,bob:sk-b' });
    await terms.check();
    expect(lines).to.deep.equal([]);
  });

  it('do not concern other upstreams, and no store is read for them', async () => {
    const terms = open({});
    hire('ann', 'bob');
    expect(await terms.countSharers()).to.equal(0);
    await terms.check();
    expect(lines).to.deep.equal([]);
  });
});
