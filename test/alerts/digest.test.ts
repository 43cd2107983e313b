import { expect } from 'chai';
import { findDueWeek, formatDigest } from '../../src/alerts/digest.js';
import { readDigest } from '../../src/alerts/read-digest.js';
import { findSpan, toDay } from '../../src/calendar.js';
import { MemoryStore } from '../../src/store/memory-store.js';
import { batchOf, manyRecords } from '../stats/records.js';

const ZONE = 'Asia/Shanghai';
const HOUR_MS = 60 * 60 * 1000;
/** Wednesday in Shanghai. */
const NOW = Date.parse('2026-11-25T04:00:00Z');

describe('The weekly digest', () => {
  const week = findSpan('week', NOW, ZONE);
  const before = findSpan('week', week.start - 1, ZONE);

  it('is due on the first day of a week, in the zone of the gateway', () => {
    const due = (iso: string) => {
      const found = findDueWeek(Date.parse(iso), ZONE);
      return found && toDay(found.start, ZONE);
    };
    expect(due('2026-11-22T15:59:00Z'), 'Sunday').to.equal(undefined);
    expect(due('2026-11-22T16:00:00Z'), 'Monday in Shanghai').to.equal('2026-11-16');
    expect(due('2026-11-23T15:59:00Z')).to.equal('2026-11-16');
    expect(due('2026-11-23T16:00:00Z'), 'Tuesday').to.equal(undefined);
  });

  async function digestOf(): Promise<Parameters<typeof formatDigest>[0]> {
    const store = new MemoryStore(() => NOW);
    const usage = { promptTokens: 1_000, completionTokens: 100, totalTokens: 1_100, cachedTokens: 250 };
    let number = 0;
    const write = (count: number, finishedAt: number, more: object) => {
      number += 1;
      const records = manyRecords(count, () => ({ finishedAt, usage, servedModel: undefined, ...more }));
      return store.recordBatch(batchOf('a', number, records, ZONE));
    };
    const ann = { member: 'ann', pricing: 'priced', cost: { USD: 12_000 } } as const;
    const ci = { keyName: 'ci', keyId: 'env:ci', member: undefined, cost: undefined };
    await write(60, week.start, { ...ann, keyName: 'ann-laptop', keyId: 'aaaaaaaa' });
    await write(30, week.end - 1, { ...ann, keyName: 'ann-phone', keyId: 'bbbbbbbb' });
    await write(9, week.start + 30 * HOUR_MS, ci);
    await write(1, week.start + HOUR_MS, { ...ci, outcome: 'upstream_error', status: 502, usage: undefined });
    await write(50, before.start, ci);
    await write(7, week.end, { ...ci, keyName: 'next-week', keyId: 'cccccccc' });
    await write(7, before.start - 1, { ...ci, keyName: 'long-ago', keyId: 'dddddddd' });
    return readDigest(store, week, before, ZONE);
  }

  it('tells requests, failures, tokens and who used them, beside the week before, in English', async () => {
    expect(formatDigest(await digestOf(), ZONE, 'en').split('\n')).to.deep.equal([
      'ZtoApi, week of 2026-11-23 to 2026-11-29',
      'Requests: 100 (+100% to the week before)',
      'Failed: 1, 1% (week before: 0%)',
      'Tokens: 99,000 in, 9,900 out (+98% to the week before)',
      'Input from the cache: 25% (week before: 25%)',
      '• ann: 1.08 USD, 90 requests, 99,000 tokens',
      '• ci: 10 requests, 9,900 tokens',
    ]);
  });

  it('tells the same in Chinese', async () => {
    const text = formatDigest(await digestOf(), ZONE, 'zh');
    expect(text).to.contain('每周摘要：2026-11-23 至 2026-11-29').and.to.contain('失败：1，占 1%');
    expect(text).to.contain('• ann：1.08 USD，90 个请求，99,000 个 Token');
  });

  it('names ten at most, tells money and cached input where they are known, and says when nothing happened', async () => {
    const digest = await digestOf();
    const members = Array.from({ length: 25 }, (_, index) => ({
      name: `m${index}`,
      requests: 1,
      tokens: 1,
      spent: index === 0 ? '1.20 USD' : undefined,
    }));
    const figures = { ...digest.figures, tokensCached: 49_500 };
    const lines = formatDigest({ ...digest, figures, members }, ZONE, 'en').split('\n');
    expect(lines).to.include('Input from the cache: 50% (week before: 25%)');
    expect(lines).to.include('• m0: 1.20 USD, 1 requests, 1 tokens');
    expect(lines.at(-1)).to.equal('• and 15 more');
    const quiet = { ...digest, figures: { ...digest.figures, requests: 0 } };
    expect(formatDigest(quiet, ZONE, 'en')).to.equal(
      'ZtoApi, week of 2026-11-23 to 2026-11-29\nNo requests.',
    );
  });
});
