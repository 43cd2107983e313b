/** A process of its own, since Node reads further authorities at its start only: connects to the URL and tells how it went. */
import { pino } from 'pino';
import { RedisLink } from '../../../../src/store/redis/link.js';
import { RedisStore } from '../../../../src/store/redis/redis-store.js';

const [, , url = ''] = process.argv;
const link = new RedisLink(
  { redisUrls: [url], redisSentinels: [], redisTimeoutMs: 2_000 },
  pino({ level: 'silent' }),
);
const isReady = await link.ready(5_000);
if (isReady) await new RedisStore(link, '').bindToken('c', 'one');
process.stdout.write(`${isReady ? 'used' : link.lastError} ${link.isCluster ? 'as a cluster' : ''}`);
process.exit(0);
