/** The Lua scripts: whatever must happen at once. ioredis sends each by its digest, and whole where Redis forgot it. */

/*
 * A conversation's entry is `t:TOKEN`, `a:` (ambiguous: nobody shares), `u:` (unbound: had a token that was dropped),
 * or a claim of whoever mints: `m:OWNER` where there was nothing, `n:OWNER` where there was `u:`.
 */

/**
 * Gives a conversation's token and prolongs its life; where there is none, lets exactly one owner mint it.
 * KEYS[1] conversation · ARGV[1] owner, [2] lease in ms, [3] life in ms
 * Returns {'token', TOKEN} | {'mint'} | {'wait'} | {'ambiguous'}.
 */
const claimToken = `
local value = redis.call('GET', KEYS[1])
local kind = value and string.sub(value, 1, 2)
if not value or kind == 'u:' then
  redis.call('SET', KEYS[1], (value and 'n:' or 'm:') .. ARGV[1], 'PX', ARGV[2])
  return {'mint'}
end
if kind == 'm:' or kind == 'n:' then
  if string.sub(value, 3) == ARGV[1] then return {'mint'} end
  return {'wait'}
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
if kind == 't:' then return {'token', string.sub(value, 3)} end
return {'ambiguous'}
`;

/** Gives up a claim. KEYS[1] conversation · ARGV[1] owner, [2] life in ms */
const releaseClaim = `
local value = redis.call('GET', KEYS[1])
if value == 'm:' .. ARGV[1] then redis.call('DEL', KEYS[1]) end
if value == 'n:' .. ARGV[1] then redis.call('SET', KEYS[1], 'u:', 'PX', ARGV[2]) end
return 1
`;

/**
 * The conversation's token, prolonged; reading only where there is none.
 * KEYS[1] conversation · ARGV[1] life in ms · Returns TOKEN or false.
 */
const findToken = `
local value = redis.call('GET', KEYS[1])
local kind = value and string.sub(value, 1, 2)
if not value or kind == 'm:' or kind == 'n:' then return false end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
if kind == 't:' then return string.sub(value, 3) end
return false
`;

/**
 * Binds a token unless another is bound; an ambiguous conversation stays so.
 * KEYS[1] conversation · ARGV[1] token, [2] life in ms · Returns the token to use.
 */
const bindToken = `
local value = redis.call('GET', KEYS[1])
local kind = value and string.sub(value, 1, 2)
if kind == 't:' or kind == 'a:' then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return kind == 't:' and string.sub(value, 3) or ARGV[1]
end
redis.call('SET', KEYS[1], 't:' .. ARGV[1], 'PX', ARGV[2])
return ARGV[1]
`;

/**
 * Notes which token an answer's transcript came with; where another was noted, or dropped, it becomes ambiguous.
 * KEYS[1] conversation · ARGV[1] token, [2] life in ms
 */
const rememberToken = `
local value = redis.call('GET', KEYS[1])
local entry = 't:' .. ARGV[1]
if value and string.sub(value, 1, 2) ~= 'm:' and value ~= entry then entry = 'a:' end
redis.call('SET', KEYS[1], entry, 'PX', ARGV[2])
return 1
`;

/** Unbinds a token, if it still is the one. KEYS[1] conversation · ARGV[1] token, [2] life in ms */
const forgetToken = `
if redis.call('GET', KEYS[1]) == 't:' .. ARGV[1] then redis.call('SET', KEYS[1], 'u:', 'PX', ARGV[2]) end
return 1
`;

/**
 * Puts a spare token aside and drops those whose time is over. Times are Redis's own.
 * KEYS[1] spares · ARGV[1] token, [2] life in ms
 */
const addSpare = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
`;

/** Takes the spare token that ends first. KEYS[1] spares · Returns TOKEN or false. */
const takeSpare = `
local time = redis.call('TIME')
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', time[1] * 1000 + math.floor(time[2] / 1000))
local taken = redis.call('ZPOPMIN', KEYS[1])
return taken[1] or false
`;

/** KEYS[1] spares · Returns how many are left. */
const countSpares = `
local time = redis.call('TIME')
return redis.call('ZCOUNT', KEYS[1], '(' .. (time[1] * 1000 + math.floor(time[2] / 1000)), '+inf')
`;

/**
 * Notes a replica as alive and drops the silent ones. Times are Redis's own, so that no clock has to be right.
 * KEYS[1] replicas · ARGV[1] id, [2] announcement (JSON), [3] silence in ms · Returns how many are alive.
 */
const announceReplica = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], ARGV[1], now .. ' ' .. ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
local all = redis.call('HGETALL', KEYS[1])
local alive = 0
for i = 1, #all, 2 do
  local seen = tonumber(string.match(all[i + 1], '^%d+')) or 0
  if now - seen > tonumber(ARGV[3]) then redis.call('HDEL', KEYS[1], all[i]) else alive = alive + 1 end
end
return alive
`;

/** KEYS[1] replicas · ARGV[1] silence in ms · Returns {now, id, 'SEEN JSON', …} of those alive. */
const listReplicas = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local alive = {tostring(now)}
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local seen = tonumber(string.match(all[i + 1], '^%d+')) or 0
  if now - seen <= tonumber(ARGV[1]) then
    alive[#alive + 1] = all[i]
    alive[#alive + 1] = all[i + 1]
  end
end
return alive
`;

/**
 * Adds a batch to the counts, once: a number that was applied before changes nothing.
 * KEYS[1] the replica's last applied number, [2] list of requests, then whatever ARGV[2] refers to
 * ARGV[1] number · ARGV[2] JSON: {appliedSeconds, keep, total, last, requests: [JSON],
 *   hashes: [{k, ttl, f: {field: delta}}],
 *   labels: [{names, most, label, at: [{k, ttl, f}]}]   (fields become FIELD:LABEL),
 *   sets: [{k, ttl, most, m: {member: delta}}]}          where total, k and names are indices into KEYS, ttl seconds or 0
 * Returns 1 when applied, 0 when it had been before.
 */
const recordBatch = `
local number = tonumber(ARGV[1])
local applied = tonumber(redis.call('GET', KEYS[1]) or '0')
local batch = cjson.decode(ARGV[2])
if number <= applied then return 0 end
-- The first write: where memory is full it fails here, before anything was counted.
redis.call('SET', KEYS[1], number, 'EX', batch.appliedSeconds)
local function whole(value) return string.format('%.0f', value) end
local function keep(key, ttl) if ttl > 0 then redis.call('EXPIRE', key, ttl) end end
for _, request in ipairs(batch.requests) do redis.call('LPUSH', KEYS[2], request) end
redis.call('LTRIM', KEYS[2], 0, batch.keep - 1)
for _, hash in ipairs(batch.hashes) do
  for field, delta in pairs(hash.f) do redis.call('HINCRBY', KEYS[hash.k], field, whole(delta)) end
  keep(KEYS[hash.k], hash.ttl)
end
local total = KEYS[batch.total]
if batch.last > (tonumber(redis.call('HGET', total, 'last')) or 0) then redis.call('HSET', total, 'last', whole(batch.last)) end
for _, entry in ipairs(batch.labels) do
  local label = entry.label
  if redis.call('SISMEMBER', KEYS[entry.names], label) == 0 then
    if redis.call('SCARD', KEYS[entry.names]) < entry.most then redis.call('SADD', KEYS[entry.names], label) else label = 'other' end
  end
  for _, at in ipairs(entry.at) do
    for field, delta in pairs(at.f) do redis.call('HINCRBY', KEYS[at.k], field .. ':' .. label, whole(delta)) end
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

/** KEYS[1] secret · ARGV[1] proposal · Returns the one that holds for everybody. */
const shareSecret = `
redis.call('SET', KEYS[1], ARGV[1], 'NX')
return redis.call('GET', KEYS[1])
`;

export const SCRIPTS = {
  claimToken: { numberOfKeys: 1, lua: claimToken },
  findToken: { numberOfKeys: 1, lua: findToken },
  bindToken: { numberOfKeys: 1, lua: bindToken },
  rememberToken: { numberOfKeys: 1, lua: rememberToken },
  releaseClaim: { numberOfKeys: 1, lua: releaseClaim },
  forgetToken: { numberOfKeys: 1, lua: forgetToken },
  addSpare: { numberOfKeys: 1, lua: addSpare },
  takeSpare: { numberOfKeys: 1, lua: takeSpare },
  countSpares: { numberOfKeys: 1, lua: countSpares },
  announceReplica: { numberOfKeys: 1, lua: announceReplica },
  listReplicas: { numberOfKeys: 1, lua: listReplicas },
  recordBatch: { lua: recordBatch },
  shareSecret: { numberOfKeys: 1, lua: shareSecret },
} as const;
