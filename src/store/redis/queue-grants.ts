/** Who gets the next slot of a pool, and how many slots there are, in Lua. Needs queue-state.ts and queue-pauses.ts. */
import { HOLD_SUCCESSES, MAX_DOUBLINGS, MAX_TRIAL_MS, PAUSE_MS } from '../../queue/core/learning.js';
import { CLAIM_MS, LEASE_MS } from '../../queue/core/types.js';

export const QUEUE_GRANTS = `
local used = {}
local function use(lease)
  local own = lease.group .. '\\n' .. lease.replica
  used[lease.group] = (used[lease.group] or 0) + 1
  used[own] = (used[own] or 0) + 1
end
local function countUsage()
  used = {}
  for _, lease in pairs(leases) do use(lease) end
end
local function findGroup(request)
  for _, id in ipairs(request.groups) do
    local group = groups[id]
    if group and group.pausedUntil <= now and not hasTried(request, id) and not isOut(id) then
      if not group.slots then return id end
      local slots = group.slots
      if request.class == 'batch' then slots = math.max(math.min(1, slots), slots - pool.reserve) end
      if (used[id] or 0) < slots then
        if pool.sharesUntil <= now then return id end
        local peers = replicas[request.replica] or {count = 1, rank = 0}
        local share = math.floor(group.slots / peers.count)
        if peers.rank < group.slots % peers.count then share = share + 1 end
        if (used[id .. '\\n' .. request.replica] or 0) < share then return id end
      end
    end
  end
  return nil
end
local function hasRoom()
  for id, group in pairs(groups) do
    if group.pausedUntil <= now and not isOut(id) and (not group.slots or (used[id] or 0) < group.slots) then
      return true
    end
  end
  return false
end
local function findEligible(class, flow)
  local offset = 0
  repeat
    local members = listOrder(class, flow, offset, 16)
    for _, member in ipairs(members) do
      local round, sequence, _, id = parseMember(member)
      local request = id and readWaiting(id)
      if not request then redis.call('ZREM', ORDER, member) end
      local group = request and findGroup(request)
      if group then return {request = request, group = group, round = tonumber(round), sequence = tonumber(sequence)} end
    end
    offset = offset + #members
  until #members < 16
  return nil
end
local function pickNext(flows)
  for _, class in ipairs({'interactive', 'batch'}) do
    local best, bestTime
    for _, entry in ipairs(flows) do
      if best and entry.time > bestTime then break end
      local found = findEligible(class, entry.flow)
      if found and (not best or found.round < best.round
        or (found.round == best.round and found.sequence < best.sequence)) then
        best, bestTime = found, entry.time
      end
    end
    if best then return best end
  end
  return nil
end
-- Leases that last longer than was estimated count with their duration so far.
local function listOverdue()
  local overdue = {}
  for _, lease in pairs(leases) do
    local more = math.max(1, math.floor((now - lease.grantedAt) / lease.weight)) - lease.charged
    if more > 0 then overdue[lease.flow] = (overdue[lease.flow] or 0) + more end
  end
  return overdue
end
-- Grants free slots and wakes the replicas; the caller is told of its own request by the reply.
local function grant(ownId)
  countUsage()
  if redis.call('ZCARD', ORDER) == 0 or not hasRoom() then return end
  local overdue, flows, raw = listOverdue(), {}, redis.call('HGETALL', FLOWS)
  for i = 1, #raw, 2 do
    flows[#flows + 1] = {flow = raw[i], time = (tonumber(raw[i + 1]) or 0) + (overdue[raw[i]] or 0)}
  end
  while hasRoom() do
    table.sort(flows, function(one, other) return one.time < other.time end)
    local next = pickNext(flows)
    if not next then return end
    local lease = next.request
    removeWaiting(lease)
    lease.group, lease.grantedAt, lease.claimUntil = next.group, now, now + ${CLAIM_MS}
    lease.charged = math.max(1, math.floor(pool.meanMs / lease.weight))
    for _, entry in ipairs(flows) do
      if entry.flow == lease.flow then
        if entry.time > pool.floor then setPool('floor', entry.time) end
        entry.time = entry.time + lease.charged
        settle(lease.flow, 0, lease.charged)
      end
    end
    writeLease(lease)
    startProbe(lease)
    use(lease)
    if lease.id ~= ownId then redis.call('PUBLISH', ARGV[1] .. 'to:' .. lease.replica, cjson.encode({ARGV[2], lease.id})) end
  end
end

local function listLimits()
  local limits = {}
  for id, group in pairs(groups) do
    if group.slots then limits[#limits + 1], limits[#limits + 2] = id, group.slots end
  end
  return limits
end
local function noteSuccess(id, isWaiting)
  local group = groups[id]
  group.refusals = 0
  if not group.fixed and group.slots then
    if group.hold > 0 then
      group.hold = group.hold - 1
    elseif isWaiting then
      group.successes = group.successes + 1
      local trialMs = math.min(${MAX_TRIAL_MS}, math.floor(pool.meanMs / 4))
      if group.successes >= group.slots / 3 and now >= (group.changedAt or 0) + trialMs then
        group.slots, group.changedAt, group.successes = group.slots + 1, now, 0
      end
    end
  end
  writeGroup(id)
end
local function noteRefusal(id, inFlight)
  local group = groups[id]
  if not group.fixed then
    if not group.slots then
      group.countsHeldUntil = now + ${LEASE_MS}
      redis.call('PUBLISH', ARGV[1] .. 'limits', cjson.encode({ARGV[2]}))
    end
    local slots = math.max(1, group.slots and group.slots - 1 or inFlight)
    if slots ~= group.slots then group.slots, group.changedAt = slots, now end
    group.successes, group.hold = 0, ${HOLD_SUCCESSES}
  end
  if group.fixed or inFlight == 0 then
    group.pausedUntil = now + ${PAUSE_MS} * 2 ^ math.min(group.refusals, ${MAX_DOUBLINGS})
  end
  group.refusals = group.refusals + 1
  writeGroup(id)
end
local function learn(lease, outcome)
  if not groups[lease.group] or outcome == 'failed' then return end
  if outcome == 'ok' then return noteSuccess(lease.group, redis.call('ZCARD', ORDER) > 0) end
  countUsage()
  noteRefusal(lease.group, used[lease.group] or 0)
end
`;
