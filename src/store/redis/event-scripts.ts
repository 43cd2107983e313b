/**
 * The Lua scripts of events. Their lines are `ID AT KIND JSON`; all keys share one hash tag.
 *
 * KEYS[1] sorted set of lines by time, [2] sorted set of the keys of events that are stored once, by the time they were told,
 * [3] sorted set of such keys by the time of their end, [4] sorted set of lines that wait to be sent, by the time from which
 * they may be taken, [5] string: the number of the latest event
 */
import { NOW, OWN } from './preludes.js';

const TYPES = `${OWN}${NOW}
own(KEYS[1], 'zset')
own(KEYS[2], 'zset')
own(KEYS[3], 'zset')
own(KEYS[4], 'zset')
own(KEYS[5], 'string')
`;

/**
 * Stores an event unless it was told before.
 * ARGV[1] age in ms, [2] kind, [3] JSON, [4] key to store it once by, or '', [5] key that it ends, or '', [6] '1' to send it,
 * [7] lifetime in ms, maximum numbers of [8] events, [9] keys and [10] events that wait to be sent · Returns the line, or ''
 */
const appendEvent = `${TYPES}
local at = now - ARGV[1]
local once, ends = ARGV[4], ARGV[5]
if ends ~= '' and not redis.call('ZSCORE', KEYS[2], ends) then return '' end
if once ~= '' then
  local ended = tonumber(redis.call('ZSCORE', KEYS[3], once) or '')
  if redis.call('ZSCORE', KEYS[2], once) or (ended and at <= ended) then return '' end
end
-- The first write fails if memory is full, before anything is changed. An error reply: the value was no number.
local number = redis.pcall('INCR', KEYS[5])
if type(number) == 'table' then
  redis.call('SET', KEYS[5], '1')
  number = 1
end
local line = string.format('%012d %.0f %s %s', number, at, ARGV[2], ARGV[3])
redis.call('ZADD', KEYS[1], at, line)
if once ~= '' then redis.call('ZADD', KEYS[2], at, once) end
if ends ~= '' then
  redis.call('ZREM', KEYS[2], ends)
  redis.call('ZADD', KEYS[3], at, ends)
end
if ARGV[6] == '1' then redis.call('ZADD', KEYS[4], now, line) end
for i, most in ipairs({ARGV[8], ARGV[9], ARGV[9], ARGV[10]}) do
  if i < 4 then redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', now - ARGV[7]) end
  redis.call('ZREMRANGEBYRANK', KEYS[i], 0, -(most + 1))
end
for i = 1, 5 do redis.call('PEXPIRE', KEYS[i], ARGV[7]) end
return line
`;

/** Lines that are looked at by one ZREVRANGE. */
const CHUNK = 500;

/**
 * Lists events, newest first. KEYS[1] events · ARGV[1] from, [2] to (exclusive), [3] time and [4] id of the event after
 * which the list begins, or '', [5] maximum number, [6…] kinds, all if there are none · Returns the lines.
 */
const readEvents = `${OWN}
own(KEYS[1], 'zset')
local kinds, isFiltered = {}, #ARGV > 5
for i = 6, #ARGV do kinds[ARGV[i]] = true end
local start = redis.call('ZCOUNT', KEYS[1], ARGV[2], '+inf')
if ARGV[3] ~= '' then start = math.max(start, redis.call('ZCOUNT', KEYS[1], '(' .. ARGV[3], '+inf')) end
local found = {}
while true do
  local lines = redis.call('ZREVRANGE', KEYS[1], start, start + ${CHUNK - 1})
  for _, line in ipairs(lines) do
    local id, at, kind = string.match(line, '^(%d+) (%d+) (%S+) ')
    if at and tonumber(at) < tonumber(ARGV[1]) then return found end
    local isAfter = ARGV[3] == '' or at ~= ARGV[3] or (id and id < ARGV[4])
    if at and isAfter and (not isFiltered or kinds[kind]) then found[#found + 1] = line end
    if #found >= tonumber(ARGV[5]) then return found end
  end
  if #lines < ${CHUNK} then return found end
  start = start + ${CHUNK}
end
`;

/**
 * Takes the oldest event that waits to be sent. KEYS[1] those that wait · ARGV[1] lease in ms, [2] age in ms at which they are
 * dropped · Returns the line, or ''
 */
const takeAlert = `${OWN}${NOW}
own(KEYS[1], 'zset')
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
local line = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, 1)[1]
if not line then return '' end
redis.call('ZADD', KEYS[1], now + ARGV[1], line)
return line
`;

export const EVENT_SCRIPTS = {
  appendEvent: { numberOfKeys: 5, lua: appendEvent },
  readEvents: { numberOfKeys: 1, lua: readEvents },
  takeAlert: { numberOfKeys: 1, lua: takeAlert },
} as const;
