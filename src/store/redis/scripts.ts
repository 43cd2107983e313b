/** The Lua scripts of all atomic operations. ioredis sends a script's digest, and its text if Redis does not have it. */
import { buildBudgetScripts } from './budget-scripts.js';
import { EVENT_SCRIPTS } from './event-scripts.js';
import { HISTORY_SCRIPTS } from './history-scripts.js';
import { KEPT_SCRIPTS } from './kept-scripts.js';
import { NOW, OWN } from './preludes.js';
import { buildQueueScripts } from './queue-scripts.js';
import { TEAM_SCRIPTS } from './team-scripts.js';
import { TOKEN_SCRIPTS } from './token-scripts.js';

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
 *   sets: [{k, ttl, most, m: {member: delta}}],
 *   mostModels, usage: [{k, ttl, m: [[model, {field: delta}]]}],   (fields become FIELD:MODEL, `models` counts those)
 *   users: {k, ttl, oldest, at: [[key, time]]}}          where k and names are indices into KEYS, ttl seconds or 0
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
for _, use in ipairs(batch.usage) do
  local key = KEYS[use.k]
  for _, entry in ipairs(use.m) do
    local model, f = entry[1], entry[2]
    if redis.call('HEXISTS', key, 'n:' .. model) == 0 then
      if (tonumber(redis.call('HGET', key, 'models')) or 0) < batch.mostModels then add(key, 'models', '', 1) else model = 'other' end
    end
    for field, delta in pairs(f) do add(key, field, ':' .. model, delta) end
  end
  keep(key, use.ttl)
end
if batch.users then
  local key = KEYS[batch.users.k]
  for _, user in ipairs(batch.users.at) do
    local last = tonumber(redis.call('ZSCORE', key, user[1])) or 0
    if user[2] > last then redis.call('ZADD', key, whole(user[2]), user[1]) end
  end
  redis.call('ZREMRANGEBYSCORE', key, '-inf', whole(batch.users.oldest))
  keep(key, batch.users.ttl)
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

export const SCRIPTS = {
  ...buildQueueScripts(OWN + NOW),
  ...buildBudgetScripts(OWN + NOW),
  ...TOKEN_SCRIPTS,
  ...KEPT_SCRIPTS,
  ...TEAM_SCRIPTS,
  ...EVENT_SCRIPTS,
  ...HISTORY_SCRIPTS,
  announceReplica: { numberOfKeys: 2, lua: announceReplica },
  listReplicas: { numberOfKeys: 1, lua: listReplicas },
  recordBatch: { lua: recordBatch },
  shareSecret: { numberOfKeys: 1, lua: shareSecret },
} as const;
