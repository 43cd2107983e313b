import { expect } from 'chai';
import { createLogger } from '../../src/logger.js';
import { RequestLog } from '../../src/stats/request-log.js';
import type { RequestRecord } from '../../src/stats/request-record.js';
import { recordOf } from './records.js';

const MINUTE = 60_000;

function requestLog() {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line).msg);
  const log = new RequestLog(createLogger({ debugMode: false, logLevel: 'warn' }, { write }));
  const warnings = (text: string) => lines.filter((line) => line.includes(text)).length;
  return { log, warnings };
}

const failed = (code: string, minute: number): RequestRecord =>
  recordOf({ outcome: 'upstream_refused', status: 403, code, finishedAt: minute * MINUTE });
const ok = (minute: number): RequestRecord => recordOf({ outcome: 'ok', finishedAt: minute * MINUTE });

describe('RequestLog', () => {
  for (const [code, text] of [
    ['upstream_refused', 'refuses this gateway'],
    ['upstream_unauthorized', 'Check ZAI_TOKEN'],
    ['upstream_not_allowed', 'restrictions (fair use)'],
    ['insufficient_quota', 'no balance'],
    ['upstream_unreachable', 'firewall'],
    ['upstream_wrong_url', 'Correct UPSTREAM_URL'],
  ] as const) {
    it(`warns the operator once of ${code}, however many requests fail with it`, () => {
      const { log, warnings } = requestLog();
      for (const minute of [0, 1, 100]) log.write(failed(code, minute));
      expect(warnings(text)).to.equal(1);
    });
  }

  it('names the entry of UPSTREAMS_FILE, once for each that fails', () => {
    const { log, warnings } = requestLog();
    for (const upstream of ['one', 'one', 'two'])
      log.write({ ...failed('upstream_unauthorized', 0), upstream });
    expect(warnings('Check the token of the entry one: ')).to.equal(1);
    expect(warnings('plan than the url of the entry two in UPSTREAMS_FILE?')).to.equal(1);
    expect(warnings('ZAI_TOKEN')).to.equal(0);
  });

  it('repeats the warning after a success, at most once in ten minutes', () => {
    const { log, warnings } = requestLog();
    log.write(failed('insufficient_quota', 0));
    log.write(ok(1));
    log.write(failed('insufficient_quota', 2));
    expect(warnings('no balance')).to.equal(1);
    log.write(failed('insufficient_quota', 11));
    expect(warnings('no balance')).to.equal(2);
  });

  it('does not warn of failures that pass by themselves', () => {
    const { log, warnings } = requestLog();
    log.write(failed('upstream_busy', 0));
    expect(warnings('upstream account')).to.equal(0);
  });
});
