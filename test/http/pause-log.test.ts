import { expect } from 'chai';
import { pino } from 'pino';
import { logPauses } from '../../src/http/pause-log.js';
import { MemoryReadings } from '../../src/store/memory-readings.js';
import type { PauseCause } from '../../src/vocabulary/pauses.js';
import { until } from '../support/redis.js';

const NO_BALANCE: PauseCause = { kind: 'operator', code: '1113', scope: 'credential', mayBeOwn: false };
const OVERLOAD: PauseCause = { kind: 'overloaded', code: '1305', scope: 'model', mayBeOwn: true };

describe('The log of pauses', () => {
  let lines: { level: number; msg: string; credential: string; code?: string }[];
  const open = (said: Parameters<typeof logPauses>[1]) =>
    logPauses(pino({}, { write: (line) => lines.push(JSON.parse(line)) }), said);

  beforeEach(() => {
    lines = [];
  });

  it('tells once over all models that a credential is out, with its cure, and that it is back', async () => {
    const said = new MemoryReadings(Date.now);
    const [one, other] = [open(said), open(said)];
    one.onPause?.('team', NO_BALANCE);
    await until(() => lines.length === 1);
    expect(lines[0]).to.include({ level: 40, credential: 'team', code: '1113' });
    expect(lines[0]?.msg).to.match(/^the credential team is paused: .* \(1113\)\. Top up its account/);
    other.onPause?.('team', NO_BALANCE);
    other.onPause?.('gpu', { ...NO_BALANCE, code: 'upstream_unauthorized' });
    await until(() => lines.length === 2);
    expect(lines[1]?.msg).to.contain('Check its key');
    other.onBack?.('team');
    await until(() => lines.length === 3);
    one.onBack?.('team');
    one.onPause?.('team', NO_BALANCE);
    await until(() => lines.length === 4);
    expect(lines.map(({ msg }) => msg).slice(2)).to.deep.equal([
      'the credential team answers again',
      lines[0]?.msg,
    ]);
  });

  it('tells of each model that is overloaded, as no warning', async () => {
    const events = open(new MemoryReadings(Date.now));
    events.onPause?.('team/glm-5.3', OVERLOAD);
    events.onPause?.('team/glm-4.6', OVERLOAD);
    await until(() => lines.length === 2);
    expect(lines.map(({ level }) => level)).to.deep.equal([30, 30]);
  });

  it('tells of it while the store is away', async () => {
    const away = () => Promise.reject(new Error('away'));
    open({ findReading: away, keepReading: away }).onPause?.('team', NO_BALANCE);
    await until(() => lines.length === 1);
  });
});
