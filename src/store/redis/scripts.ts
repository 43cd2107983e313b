/** The Lua scripts of all atomic operations. ioredis sends a script's digest, and its text if Redis does not have it. */
import { deleteResponse, keepResponse, readResponses } from './kept-scripts.js';

import { buildQueueScripts } from './queue-scripts.js';

/*
 * A conversation's entry is `t:TOKEN`, `a:` (ambiguous, so that no token is shared) or `u:` (unbound after its token was
 * refused). The claim to mint is a separate key, so its expiry leaves the entry untouched.
 */

/** Reads the entry of KEYS[1]. A value of another program counts as empty, and the next write replaces it. */
const ENTRY = `
local value = redis.pcall('GET', KEYS[1])
if type(value) ~= 'string' then value = '' end
local kind, token = string.sub(value, 1, 2), string.sub(value, 3)
local known = kind == 't:' or kind == 'a:' or kind == 'u:'
`;

/**
 * Returns a conversation's token and renews its lifetime; without a token, grants the claim to mint to one owner.
 * KEYS[1] conversation, [2] claim · ARGV[1] owner, [2] lease in ms, [3] lifetime in ms
 * Returns {'token', TOKEN} | {'mint'} | {'wait'} | {'ambiguous'}.
 */
const claimToken = `${ENTRY}
if known then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
if kind == 't:' then return {'token', token} end
if kind == 'a:' then return {'ambiguous'} end
local owner = redis.pcall('GET', KEYS[2])
local left = redis.call('PTTL', KEYS[2])
-- A key without expiry, or with a longer one, is not a claim of the gateway: no replica waits for it.
if type(owner) == 'string' and left >= 0 and left <= tonumber(ARGV[2]) then
  return {owner == ARGV[1] and 'mint' or 'wait'}
end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return {'mint'}
`;

/** Releases a claim. KEYS[1] claim · ARGV[1] owner */
const releaseClaim = `
if redis.pcall('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
`;

/** Returns the conversation's token and renews its lifetime. KEYS[1] conversation · ARGV[1] lifetime in ms · Returns TOKEN or false. */
const findToken = `${ENTRY}
if known then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return kind == 't:' and token
`;

/**
 * Binds a token unless another is bound, and removes the claim. An ambiguous conversation stays ambiguous.
 * KEYS[1] conversation, [2] claim · ARGV[1] token, [2] lifetime in ms · Returns the token to use.
 */
const bindToken = `${ENTRY}
if kind == 't:' or kind == 'a:' then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
else
  redis.call('SET', KEYS[1], 't:' .. ARGV[1], 'PX', ARGV[2])
end
redis.call('DEL', KEYS[2])
return kind == 't:' and token or ARGV[1]
`;

/**
 * Records the token of an answer's transcript. If another token was recorded or refused, the entry becomes ambiguous.
 * KEYS[1] conversation · ARGV[1] token, [2] lifetime in ms
 */
const rememberToken = `${ENTRY}
local entry = 't:' .. ARGV[1]
if known and value ~= entry then entry = 'a:' end
redis.call('SET', KEYS[1], entry, 'PX', ARGV[2])
return 1
`;

/** Unbinds a token if it is still bound. KEYS[1] conversation · ARGV[1] token, [2] lifetime in ms */
const forgetToken = `
if redis.pcall('GET', KEYS[1]) == 't:' .. ARGV[1] then redis.call('SET', KEYS[1], 'u:', 'PX', ARGV[2]) end
return 1
`;

/** Removes a key of an unexpected type, which would fail every script that uses it. */
export const OWN = `
local function own(key, kind)
  local found = redis.call('TYPE', key).ok
  if found ~= kind and found ~= 'none' then redis.call('UNLINK', key) end
end
`;

/** Reads the time of Redis in Unix ms, so that replicas need no synchronized clocks. */
const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/** Adds a spare token and removes expired ones. KEYS[1] spares · ARGV[1] token, [2] lifetime in ms */
const addSpare = `${OWN}${NOW}
own(KEYS[1], 'zset')
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
`;

/** Removes and returns the spare token that expires first. KEYS[1] spares · Returns TOKEN or false. */
const takeSpare = `${OWN}${NOW}
own(KEYS[1], 'zset')
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
return redis.call('ZPOPMIN', KEYS[1])[1] or false
`;

/** Counts the spare tokens. KEYS[1] spares · Returns their number. */
const countSpares = `${OWN}${NOW}
own(KEYS[1], 'zset')
return redis.call('ZCOUNT', KEYS[1], '(' .. now, '+inf')
`;

/**
 * Records a replica as alive and removes silent ones. Silent replicas that were not draining are recorded as lost.
 * KEYS[1] replicas, [2] lost replicas · ARGV[1] id, [2] announcement (JSON), [3] silence in ms,
 * [4] lifetime of lost replicas in ms, [5] their maximum number · Returns the number of live replicas.
 */
const announceReplica = `${OWN}${NOW}
own(KEYS[1], 'hash')
own(KEYS[2], 'zset')
redis.call('HSET', KEYS[1], ARGV[1], now .. ' ' .. ARGV[2])
-- Kept longer than the silence, so that a replica that starts after all others were killed finds them.
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('ZREM', KEYS[2], ARGV[1])
local all = redis.call('HGETALL', KEYS[1])
local alive = 0
for i = 1, #all, 2 do
  local id, line = all[i], all[i + 1]
  local seen = tonumber(string.match(line, '^%d+'))
  -- The time may go backwards: after a failover it is another machine's.
  if seen and math.abs(now - seen) <= tonumber(ARGV[3]) then
    alive = alive + 1
  else
    redis.call('HDEL', KEYS[1], id)
    local drains = string.find(line, '"drainingSince":', 1, true)
    if seen and not drains then redis.call('ZADD', KEYS[2], math.min(seen, now), id) end
  end
end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - ARGV[4])
redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -(ARGV[5] + 1))
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return alive
`;

/** Lists live replicas. KEYS[1] replicas · ARGV[1] silence in ms · Returns {now, 'SEEN JSON', …}. */
const listReplicas = `${OWN}${NOW}
own(KEYS[1], 'hash')
local alive = {tostring(now)}
for _, line in ipairs(redis.call('HVALS', KEYS[1])) do
  local seen = tonumber(string.match(line, '^%d+')) or 0
  if math.abs(now - seen) <= tonumber(ARGV[1]) then alive[#alive + 1] = line end
end
return alive
`;

/**
 * Adds a batch to the counts. A batch number that was applied before changes nothing.
 * KEYS[1] the replica's last applied number, [2] list of requests, then whatever ARGV[2] refers to
 * ARGV[1] number · ARGV[2] JSON: {appliedSeconds, keep, types: [type of KEYS[i]], requests: [JSON],
 *   hashes: [{k, ttl, f: {field: delta}}],
 *   labels: [{names, most, label, at: [{k, ttl, f}]}]   (fields become FIELD:LABEL),
 *   sets: [{k, ttl, most, m: {member: delta}}]}          where k and names are indices into KEYS, ttl seconds or 0
 * Returns 1 when applied, 0 when it had been before.
 */
const recordBatch = `${OWN}
local number = tonumber(ARGV[1])
local applied = redis.pcall('GET', KEYS[1])
if type(applied) == 'string' and number <= (tonumber(applied) or 0) then return 0 end
local batch = cjson.decode(ARGV[2])
-- The first write fails if memory is full, before anything is counted. Nothing after it may fail.
redis.call('SET', KEYS[1], number, 'EX', batch.appliedSeconds)
for i, kind in ipairs(batch.types) do own(KEYS[i], kind) end
local function whole(value) return string.format('%.0f', value) end
local function keep(key, ttl) if ttl > 0 then redis.call('EXPIRE', key, ttl) end end
-- label is '' or ':LABEL'. The field last keeps its maximum; other fields are added up.
local function add(key, field, label, delta)
  local name = field .. label
  if field == 'last' then
    local last = tonumber(redis.call('HGET', key, name)) or 0
    if delta > last then redis.call('HSET', key, name, whole(delta)) end
    return
  end
  -- An error reply is a table: the field held no number, so it is replaced.
  if type(redis.pcall('HINCRBY', key, name, whole(delta))) == 'table' then redis.call('HSET', key, name, whole(delta)) end
end
for _, request in ipairs(batch.requests) do redis.call('LPUSH', KEYS[2], request) end
redis.call('LTRIM', KEYS[2], 0, batch.keep - 1)
for _, hash in ipairs(batch.hashes) do
  for field, delta in pairs(hash.f) do add(KEYS[hash.k], field, '', delta) end
  keep(KEYS[hash.k], hash.ttl)
end
for _, entry in ipairs(batch.labels) do
  local label = entry.label
  if redis.call('SISMEMBER', KEYS[entry.names], label) == 0 then
    if redis.call('SCARD', KEYS[entry.names]) < entry.most then redis.call('SADD', KEYS[entry.names], label) else label = 'other' end
  end
  for _, at in ipairs(entry.at) do
    for field, delta in pairs(at.f) do add(KEYS[at.k], field, ':' .. label, delta) end
    keep(KEYS[at.k], at.ttl)
  end
end
for _, set in ipairs(batch.sets) do
  for member, delta in pairs(set.m) do redis.call('ZINCRBY', KEYS[set.k], whole(delta), member) end
  redis.call('ZREMRANGEBYRANK', KEYS[set.k], 0, -(set.most + 1))
  keep(KEYS[set.k], set.ttl)
end
return 1
`;

/** Sets a secret unless there is one. KEYS[1] secret · ARGV[1] proposal · Returns the secret in use. */
const shareSecret = `
local secret = redis.pcall('GET', KEYS[1])
if type(secret) == 'string' and secret ~= '' then return secret end
redis.call('SET', KEYS[1], ARGV[1])
return ARGV[1]
`;

/**
 * Tries commands, and continues after refused ones.
 * KEYS probe keys, one for each type · ARGV[1] JSON: [[command, index into KEYS or 0, argument …] …], [2] channel
 * Returns 'COMMAND reply' for each command that was refused.
 */
export const TRY_COMMANDS = `
local refused = {}
for _, step in ipairs(cjson.decode(ARGV[1])) do
  local call = {step[1]}
  if step[2] > 0 then call[2] = KEYS[step[2]] end
  for i = 3, #step do call[#call + 1] = step[i] end
  if step[1] == 'PUBLISH' then call = {'PUBLISH', ARGV[2], ''} end
  local reply = redis.pcall(unpack(call))
  if type(reply) == 'table' and reply.err then refused[#refused + 1] = step[1] .. ' ' .. reply.err end
end
return refused
`;

/** Prelude of the scripts of kept responses: removes keys of unexpected types and reads the time. */
const OWN_KEPT = `${OWN}${NOW}
own(KEYS[1], 'zset')
own(KEYS[2], 'hash')
own(KEYS[3], 'zset')
`;

export const SCRIPTS = {
  ...buildQueueScripts(OWN + NOW),
  claimToken: { numberOfKeys: 2, lua: claimToken },
  findToken: { numberOfKeys: 1, lua: findToken },
  bindToken: { numberOfKeys: 2, lua: bindToken },
  rememberToken: { numberOfKeys: 1, lua: rememberToken },
  releaseClaim: { numberOfKeys: 1, lua: releaseClaim },
  forgetToken: { numberOfKeys: 1, lua: forgetToken },
  addSpare: { numberOfKeys: 1, lua: addSpare },
  takeSpare: { numberOfKeys: 1, lua: takeSpare },
  countSpares: { numberOfKeys: 1, lua: countSpares },
  announceReplica: { numberOfKeys: 2, lua: announceReplica },
  listReplicas: { numberOfKeys: 1, lua: listReplicas },
  recordBatch: { lua: recordBatch },
  keepResponse: { numberOfKeys: 3, lua: OWN_KEPT + keepResponse },
  readResponses: { numberOfKeys: 3, lua: OWN_KEPT + readResponses },
  deleteResponse: { numberOfKeys: 3, lua: OWN_KEPT + deleteResponse },
  shareSecret: { numberOfKeys: 1, lua: shareSecret },
} as const;
