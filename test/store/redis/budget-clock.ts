/** Ledgers in Redis whose time is set by the test: their scripts read it from a key beside the ledger's. */
import type { Redis } from 'ioredis';
import { buildBudgetScripts } from '../../../src/store/redis/budget-scripts.js';
import { Keys } from '../../../src/store/redis/keys.js';
import type { RedisLink } from '../../../src/store/redis/link.js';
import { OWN } from '../../../src/store/redis/preludes.js';

const TEST_NOW = `local now = tonumber(redis.call('GET', KEYS[1] .. ':clock'))\n`;

/** Puts the same scripts with the test's time in place of the link's own. */
export async function useBudgetClock(link: RedisLink): Promise<void> {
  await link.call(async (client) => {
    for (const [name, script] of Object.entries(buildBudgetScripts(OWN + TEST_NOW)))
      client.defineCommand(name, script);
  });
}

export async function setBudgetClock(
  link: RedisLink,
  prefix: string,
  ledger: string,
  now: number,
): Promise<void> {
  const clock = `${new Keys(prefix).ledger(ledger).spent}:clock`;
  await link.call((client) => (client as Redis).set(clock, now));
}
