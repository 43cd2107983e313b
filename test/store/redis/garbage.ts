/** What a stranger may have left under one of the gateway's keys. */
import type { Redis } from 'ioredis';

export const GARBAGE: Record<string, (redis: Redis, key: string) => Promise<unknown>> = {
  'a text': (redis, key) => redis.set(key, '{"nonsense'),
  'a number': (redis, key) => redis.set(key, '-1e999'),
  'a list': (redis, key) => redis.rpush(key, '{}', '[]', '{"requestId":1}', 'null', '\xff'),
  'a set': (redis, key) => redis.sadd(key, '{}', 'x', '0'),
  'a hash': (redis, key) =>
    redis.hset(key, {
      ok: 'many',
      last: 'never',
      'ok:GLM': '1e9',
      nolabel: '7',
      d1: '-5',
      a: 'no announcement',
      b: '99999999999999 {}',
      ['__proto__']: '1',
    }),
  'a sorted set': (redis, key) => redis.zadd(key, '-inf', 'low', 1.5, 'odd', 'inf', 'high'),
};
