/** Pauses of credentials, in Lua: what `src/queue/core/pauses.ts` does. Needs the definitions of queue-state.ts. */
import { FORGET_OVERLOAD_MS, MAX_PAUSE_DOUBLINGS } from '../../queue/core/pauses.js';
import { PAUSE_KINDS } from '../../vocabulary/pauses.js';

const RANKS = Object.entries(PAUSE_KINDS)
  .map(([kind, { rank }]) => `${kind} = ${rank}`)
  .join(', ');

export const QUEUE_PAUSES = `
local pauseRanks = {${RANKS}}
local function writePause(name, pause)
  pauses[name] = pause
  redis.call('HSET', PAUSES, name, cjson.encode(pause))
end
local function removePause(name)
  pauses[name] = nil
  redis.call('HDEL', PAUSES, name)
end
-- The names of the pauses that concern a group: its credential's, and its own.
local function namePauses(group)
  local credential = string.match(group, '^([^/]*)/')
  return credential and {credential, group} or {group}
end
local function concerns(name, group)
  for _, one in ipairs(namePauses(group)) do if one == name then return true end end
  return false
end
local function isPauseOut(name)
  local pause = pauses[name]
  if not pause then return false end
  local probe = leases[pause.probe]
  return pause.probeAt > now or (probe ~= nil and concerns(name, probe.group))
end
local function isOut(group)
  for _, name in ipairs(namePauses(group)) do if isPauseOut(name) then return true end end
  return false
end
local function endOf(pause) return pause['until'] == 0 and math.huge or pause['until'] end
local function longestPause(group)
  local longest
  for _, name in ipairs(namePauses(group)) do
    if isPauseOut(name) and (not longest or endOf(pauses[name]) > endOf(longest)) then longest = pauses[name] end
  end
  return longest
end
local function hasTried(request, group)
  for _, one in ipairs(request.tried or {}) do if one == group then return true end end
  return false
end
-- Returns whether the request names a known group, and whether one of those can serve it within its deadline.
local function assess(request, isUntried)
  local isKnown, isServed = false, false
  for _, id in ipairs(request.groups) do
    if groups[id] then
      isKnown = true
      local pause = longestPause(id)
      local isInTime = not pause or endOf(pause) <= request.deadline
      if isInTime and not (isUntried and hasTried(request, id)) then isServed = true end
    end
  end
  return isKnown, isServed
end
local function canBeServed(request)
  local isKnown, isServed = assess(request, true)
  return isServed or not isKnown
end
local function isPaused(request)
  local isKnown, isServed = assess(request, false)
  return isKnown and not isServed
end
-- The pause of these groups that ends first: kind, code, milliseconds.
local function outlook(ids)
  local first
  for _, id in ipairs(ids) do
    local pause = longestPause(id)
    if pause and (not first or endOf(pause) < endOf(first)) then first = pause end
  end
  if not first then return 'overloaded', '', 0 end
  return first.kind, first.code, first['until'] == 0 and 0 or math.max(0, first['until'] - now)
end
local function startProbe(lease)
  for _, name in ipairs(namePauses(lease.group)) do
    local pause = pauses[name]
    if pause then
      pause.probe = lease.id
      writePause(name, pause)
    end
  end
end
local function liftPauses(lease)
  local lifted = {}
  for _, name in ipairs(namePauses(lease.group)) do
    if pauses[name] and pauses[name].probe == lease.id then
      removePause(name)
      lifted[#lifted + 1] = name
    end
  end
  return lifted
end
-- Returns the name of the pause when it has begun, else ''.
local function beginPause(lease, asked)
  local name = asked.scope == 'credential' and namePauses(lease.group)[1] or lease.group
  local known = pauses[name]
  local isProbe = known and known.probe == lease.id
  if not isProbe and not asked.isConfirmed then return '' end
  if known and not isProbe and pauseRanks[asked.kind] <= pauseRanks[known.kind] then return '' end
  local isSame = known ~= nil and known.kind == asked.kind
  local failures = isSame and known.failures + 1 or 1
  local pauseMs = math.min(asked.maxMs, asked.pauseMs * 2 ^ math.min(failures - 1, ${MAX_PAUSE_DOUBLINGS}))
  local probeAt = now + pauseMs
  local ends = probeAt
  if asked.endsInMs > 0 then
    ends = now + asked.endsInMs
    probeAt = math.min(probeAt, ends)
  end
  if asked.kind == 'operator' then ends = 0 end
  writePause(name, {
    kind = asked.kind, code = asked.code, since = isSame and known.since or now, failedAt = now,
    ['until'] = ends, probeAt = probeAt, failures = failures, probe = '',
  })
  if not known then redis.call('PUBLISH', ARGV[1] .. 'limits', cjson.encode({ARGV[2]})) end
  return isSame and '' or name
end
local function retryPauses(actedAt)
  for name, pause in pairs(pauses) do
    if pause.failedAt < actedAt and pause.probeAt > now then
      pause.probeAt = now
      writePause(name, pause)
    end
  end
end
local function forgetOldPauses()
  local old = {}
  for name, pause in pairs(pauses) do
    if pause.kind == 'overloaded' and pause['until'] + ${FORGET_OVERLOAD_MS} <= now then old[#old + 1] = name end
  end
  for _, name in ipairs(old) do removePause(name) end
end
-- Groups and pauses that no replica has in its configuration any more, and no request in flight.
local function forgetRemoved()
  local known, names = {}, {}
  for _, lease in pairs(leases) do known[lease.group] = true end
  for _, entry in pairs(replicas) do
    if not entry.groups then return end
    for _, id in ipairs(entry.groups) do known[id] = true end
  end
  for id in pairs(known) do
    for _, name in ipairs(namePauses(id)) do names[name] = true end
  end
  for id in pairs(groups) do
    if not known[id] then
      groups[id] = nil
      redis.call('HDEL', GROUPS, id)
    end
  end
  for name in pairs(pauses) do
    if not names[name] then removePause(name) end
  end
end
local function listPauses()
  local list = {}
  for name, pause in pairs(pauses) do list[#list + 1], list[#list + 2] = name, cjson.encode(pause) end
  return list
end
`;
