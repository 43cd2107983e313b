/**
 * The Lua scripts of kept responses. All of their keys share one hash tag, so that the limit over all owners is exact; the
 * keys of entries that are removed are built inside the scripts.
 *
 * KEYS[1] sorted set of `OWNER:ID:SIZE` by the time of its end, [2] hash of bytes by owner, and of `all`,
 * [3] sorted set of the owner's `ID:SIZE` by the time of its end: KEYS[1] and the owner · SIZE includes the overhead.
 * ARGV[1] owner, [2] prefix of entries' keys, [3] TTL in ms
 */
import { NOW, OWN } from './preludes.js';

/** `remove`: removes an entry of any owner. `note`: notes when an entry ends. `prolong`: keeps the notes as long. */
const NOTES = `${OWN}${NOW}
own(KEYS[1], 'zset')
own(KEYS[2], 'hash')
own(KEYS[3], 'zset')
local function entryKey(owner, id) return ARGV[2] .. owner .. ':' .. id end
local function subtract(field, size)
  if redis.call('HINCRBY', KEYS[2], field, -size) <= 0 then redis.call('HDEL', KEYS[2], field) end
end
local function remove(owner, id, size)
  redis.call('DEL', entryKey(owner, id))
  redis.call('ZREM', KEYS[1], owner .. ':' .. id .. ':' .. size)
  redis.call('ZREM', KEYS[1] .. ':' .. owner, id .. ':' .. size)
  subtract(owner, size)
  subtract('all', size)
end
local function note(id, size)
  redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1] .. ':' .. id .. ':' .. size)
  redis.call('ZADD', KEYS[3], now + ARGV[3], id .. ':' .. size)
end
local function prolong()
  for _, key in ipairs(KEYS) do
    if redis.call('PTTL', key) < tonumber(ARGV[3]) then redis.call('PEXPIRE', key, ARGV[3]) end
  end
end
`;

/**
 * Keeps an entry. Removes entries that have ended, then the oldest past the limits.
 * ARGV[4] id, [5] the sealed entry, [6] its size, [7] limit of the owner, [8] limit of all, in bytes
 */
const keepResponse = `${NOTES}
local size = tonumber(ARGV[6])
local function removeAll(members)
  for _, member in ipairs(members) do
    local owner, id, bytes = string.match(member, '^(%x+):(%x+):(%d+)$')
    if owner then remove(owner, id, bytes) else redis.call('ZREM', KEYS[1], member) end
  end
end
local function isFull(field, limit)
  return (tonumber(redis.call('HGET', KEYS[2], field) or 0) or 0) + size > tonumber(limit)
end
removeAll(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, 200))
while isFull(ARGV[1], ARGV[7]) do
  local oldest = redis.call('ZRANGE', KEYS[3], 0, 0)[1]
  if not oldest then redis.call('HDEL', KEYS[2], ARGV[1]) break end
  local id, bytes = string.match(oldest, '^(%x+):(%d+)$')
  if id then remove(ARGV[1], id, bytes) else redis.call('ZREM', KEYS[3], oldest) end
end
while isFull('all', ARGV[8]) do
  local oldest = redis.call('ZRANGE', KEYS[1], 0, 0)
  if #oldest == 0 then redis.call('HDEL', KEYS[2], 'all') break end
  removeAll(oldest)
end
redis.call('SET', entryKey(ARGV[1], ARGV[4]), ARGV[5], 'PX', ARGV[3])
note(ARGV[4], ARGV[6])
redis.call('HINCRBY', KEYS[2], ARGV[1], size)
redis.call('HINCRBY', KEYS[2], 'all', size)
prolong()
return 1
`;

/**
 * Gives entries, which live anew. ARGV[4] overhead in bytes, [5…] ids · Returns the entries in that order, false where
 * none is kept.
 */
const readResponses = `${NOTES}
local found = {}
for index = 5, #ARGV do
  local key = entryKey(ARGV[1], ARGV[index])
  local sealed = redis.pcall('GET', key)
  found[index - 4] = type(sealed) == 'string' and sealed or false
  if found[index - 4] and redis.call('PEXPIRE', key, ARGV[3]) == 1 then
    note(ARGV[index], string.format('%d', #sealed + ARGV[4]))
  end
end
prolong()
return found
`;

/** Removes an entry. ARGV[4] overhead in bytes, [5] id · Returns 1 if it was kept, else 0. */
const deleteResponse = `${NOTES}
local key = entryKey(ARGV[1], ARGV[5])
local sealed = redis.pcall('GET', key)
if type(sealed) ~= 'string' then return 0 end
remove(ARGV[1], ARGV[5], string.format('%d', #sealed + ARGV[4]))
return 1
`;

export const KEPT_SCRIPTS = {
  keepResponse: { numberOfKeys: 3, lua: keepResponse },
  readResponses: { numberOfKeys: 3, lua: readResponses },
  deleteResponse: { numberOfKeys: 3, lua: deleteResponse },
} as const;
