/** The Lua scripts of teams. All keys of a team but the revisions and counters have one hash tag, so changes are atomic. */
import { OWN } from './preludes.js';

/** Returns the state of the store: `VERSION EPOCH`, version 0 and no epoch if there is none. KEYS[1] meta. */
const META = `
own(KEYS[1], 'hash')
local version = tonumber(redis.call('HGET', KEYS[1], 'version')) or 0
local epoch = redis.call('HGET', KEYS[1], 'epoch') or ''
`;

/** KEYS[1] meta, [2] members, [3] keys, [4] invites · Returns {version, epoch, members, keys, invites}, each {id, JSON, …}. */
const teamRead = `${OWN}${META}
local all = {version, epoch}
for i = 2, 4 do
  own(KEYS[i], 'hash')
  all[#all + 1] = redis.call('HGETALL', KEYS[i])
end
return all
`;

/**
 * KEYS[1] meta, [2] members, [3] keys, [4] digests · ARGV[1] SHA-256 of a secret
 * Returns {version, epoch, key (JSON or ''), member (JSON or '')}.
 */
const teamFindKey = `${OWN}${META}
for i = 2, 4 do own(KEYS[i], 'hash') end
local id = redis.call('HGET', KEYS[4], ARGV[1])
local key = id and redis.call('HGET', KEYS[3], id)
if not key then return {version, epoch, '', ''} end
local parsed, value = pcall(cjson.decode, key)
local member = parsed and type(value) == 'table' and type(value.member) == 'string' and redis.call('HGET', KEYS[2], value.member)
return {version, epoch, key, member or ''}
`;

/**
 * Applies a change if the team has the version and epoch that the change was made for.
 * KEYS[1] meta, [2] members, [3] keys, [4] invites, [5] digests, [6] audit
 * ARGV[1] version · ARGV[2] epoch, '' at the first change · ARGV[3] epoch for the first change
 * ARGV[4] JSON: {puts: [[index into KEYS, id, JSON or ''] …], audit: [JSON …]} · ARGV[5] entries that the audit keeps
 * ARGV[6] channel · ARGV[7] message for all replicas · Returns 1 if applied, 0 if the team has changed meanwhile.
 */
const teamCommit = `${OWN}${META}
if version ~= tonumber(ARGV[1]) or epoch ~= ARGV[2] then return 0 end
local change = cjson.decode(ARGV[4])
-- The first write fails if memory is full, before anything is changed.
redis.call('HSET', KEYS[1], 'version', version + 1, 'epoch', epoch == '' and ARGV[3] or epoch)
for i = 2, 5 do own(KEYS[i], 'hash') end
own(KEYS[6], 'list')
for _, put in ipairs(change.puts) do
  if put[3] == '' then redis.call('HDEL', KEYS[put[1]], put[2])
  else redis.call('HSET', KEYS[put[1]], put[2], put[3]) end
end
for _, entry in ipairs(change.audit) do redis.call('LPUSH', KEYS[6], entry) end
redis.call('LTRIM', KEYS[6], 0, ARGV[5] - 1)
redis.call('PUBLISH', ARGV[6], ARGV[7])
return 1
`;

/** KEYS[1] admin · ARGV[1] hash, [2] '1' to keep one that is there · Returns 1 if stored. */
const teamSetAdmin = `
local known = redis.pcall('GET', KEYS[1])
if ARGV[2] == '1' and type(known) == 'string' and known ~= '' then return 0 end
redis.call('SET', KEYS[1], ARGV[1])
return 1
`;

/**
 * Counts a request of a key, and tells the key's revision on the way.
 * KEYS[1] revision, [2] counter, of one key · ARGV[1] window in ms · Returns {revision or '', hits, ms until the reset}.
 */
const teamCountKey = `${OWN}
own(KEYS[1], 'string')
own(KEYS[2], 'string')
local hits = redis.pcall('INCR', KEYS[2])
if type(hits) ~= 'number' then
  redis.call('DEL', KEYS[2])
  hits = redis.call('INCR', KEYS[2])
end
local left = redis.call('PTTL', KEYS[2])
if left < 0 then
  redis.call('PEXPIRE', KEYS[2], ARGV[1])
  left = tonumber(ARGV[1])
end
return {redis.call('GET', KEYS[1]) or '', hits, left}
`;

export const TEAM_SCRIPTS = {
  teamRead: { numberOfKeys: 4, lua: teamRead },
  teamFindKey: { numberOfKeys: 4, lua: teamFindKey },
  teamCommit: { numberOfKeys: 6, lua: teamCommit },
  teamSetAdmin: { numberOfKeys: 1, lua: teamSetAdmin },
  teamCountKey: { numberOfKeys: 2, lua: teamCountKey },
} as const;
