/** Does Redis answer? */
import { Redis } from 'ioredis';
import type { Report } from './report.js';

const PATIENCE_MS = 5_000;

export async function checkRedis(url: string | undefined, report: Report): Promise<void> {
  report.title('Redis');
  if (url === undefined) {
    report.note('REDIS_URL is not set: the gateway runs alone, on its embedded store');
    return;
  }
  const startedAt = performance.now();
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: PATIENCE_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  // What goes wrong reaches the catch below; without a listener ioredis prints it as well.
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    await redis.ping();
    report.good(`it answers PING (${Math.round(performance.now() - startedAt)} ms)`);
  } catch (error) {
    report.bad(
      `no answer: ${(error as Error).message}`,
      'Start redis-server, or correct host, port and password in REDIS_URL.',
    );
  } finally {
    redis.disconnect();
  }
}
