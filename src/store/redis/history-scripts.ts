/**
 * The Lua script of the history. An hour's keys share a hash tag.
 *
 * KEYS[1] hash: id → `TIME JSON`, sorted sets of ids: [2] newest by time, [3] slowest by duration, [4] failures by time,
 * [5] hash: id → client address
 */
import { OWN } from './preludes.js';

/**
 * Adds requests to an hour, and removes those that are among none of its lists any more.
 * ARGV[1] lifetime and [2] that of addresses in seconds, maximum number of [3] newest, [4] slowest and [5] failures,
 * [6] JSON: [{id, at, ms, line, failed, address}]
 */
const writeHistory = `${OWN}
own(KEYS[1], 'hash')
own(KEYS[5], 'hash')
for i = 2, 4 do own(KEYS[i], 'zset') end
for _, entry in ipairs(cjson.decode(ARGV[6])) do
  local id = entry.id
  local at = string.format('%.0f', entry.at)
  local known = redis.call('HGET', KEYS[1], id)
  -- A client may give two requests the same id.
  if known and string.match(known, '^%d+') ~= at then id = id .. '#' .. at end
  redis.call('HSET', KEYS[1], id, at .. ' ' .. entry.line)
  redis.call('ZADD', KEYS[2], at, id)
  redis.call('ZADD', KEYS[3], entry.ms, id)
  if entry.failed then redis.call('ZADD', KEYS[4], at, id) end
  if tonumber(ARGV[2]) > 0 then redis.call('HSET', KEYS[5], id, entry.address) end
end
for i = 2, 4 do
  local extra = redis.call('ZCARD', KEYS[i]) - ARGV[i + 1]
  if extra > 0 then
    for _, id in ipairs(redis.call('ZRANGE', KEYS[i], 0, extra - 1)) do
      redis.call('ZREM', KEYS[i], id)
      local isKept = false
      for j = 2, 4 do isKept = isKept or redis.call('ZSCORE', KEYS[j], id) end
      if not isKept then
        redis.call('HDEL', KEYS[1], id)
        redis.call('HDEL', KEYS[5], id)
      end
    end
  end
end
for i = 1, 4 do redis.call('EXPIRE', KEYS[i], ARGV[1]) end
if tonumber(ARGV[2]) > 0 then redis.call('EXPIRE', KEYS[5], ARGV[2]) end
return 1
`;

export const HISTORY_SCRIPTS = {
  writeHistory: { numberOfKeys: 5, lua: writeHistory },
} as const;
