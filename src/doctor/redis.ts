/** Checks that Redis answers, and supports and permits what the gateway needs. */
import { pino } from 'pino';
import type { Config } from '../config/config.js';
import { describeCure } from '../store/redis/check.js';
import { RedisLink } from '../store/redis/link.js';
import type { Report } from './report.js';

const TIMEOUT_MS = 5_000;

/** Checks through the gateway's own connection, so that clusters and sentinels are checked as they are used. */
export async function checkRedis(config: Config, report: Report): Promise<void> {
  report.title('Redis');
  if (config.redisUrls.length === 0) {
    report.note('REDIS_URL is not set: the gateway runs alone, on its embedded store');
    return;
  }
  const link = new RedisLink(config, pino({ level: 'silent' }));
  const startedAt = performance.now();
  await link.settled(TIMEOUT_MS);
  if (link.down === undefined) {
    const kind = link.isCluster ? 'a cluster' : 'it';
    report.good(
      `${kind} answers, runs scripts that write and publish under ${config.redisPrefix}, and lets subscribe (${Math.round(performance.now() - startedAt)} ms)`,
    );
  } else if (link.refusal !== undefined) {
    report.bad(link.refusal.message, `${describeCure(link.refusal, config)}.`);
  } else {
    const reason = link.lastError || `no answer within ${TIMEOUT_MS} ms`;
    report.bad(`no answer: ${reason}`, 'Start redis-server, or correct host and port in REDIS_URL.');
  }
  await link.close();
}
