/** A pool of slots in Redis whose time is set by the test: its scripts read it from a key beside the pool's. */
import type { Redis } from 'ioredis';
import { Keys } from '../../../src/store/redis/keys.js';
import type { RedisLink } from '../../../src/store/redis/link.js';
import { OWN } from '../../../src/store/redis/preludes.js';
import { buildQueueScripts } from '../../../src/store/redis/queue-scripts.js';

const TEST_NOW = `local now = tonumber(redis.call('GET', KEYS[1] .. ':clock'))\n`;

/** Puts the same scripts with the test's time in place of the link's own. */
export async function useTestClock(link: RedisLink): Promise<void> {
  await link.call(async (client) => {
    for (const [name, script] of Object.entries(buildQueueScripts(OWN + TEST_NOW)))
      client.defineCommand(name, script);
  });
}

export async function setTestClock(
  link: RedisLink,
  prefix: string,
  pool: string,
  now: number,
): Promise<void> {
  await link.call((client) => (client as Redis).set(`${new Keys(prefix).queue(pool).pool}:clock`, now));
}
