/**
 * The verbs of a pool of slots as Lua scripts: what `src/queue/core/` does, on Redis. A property test compares the two.
 *
 * KEYS of every script: [1] pool, [2] groups, [3] replicas, [4] leases, [5] waiting, [6] order, [7] flows, [8] idle
 * flows (see keys.ts) · ARGV[1] prefix of the replicas' channels, [2] name of the pool
 * Each publishes JSON: `[pool, request id]` on `to:REPLICA` for every request that it grants, `[pool]` on `limits` when a
 * limit becomes known.
 */
import { HOLD_SUCCESSES, MAX_DOUBLINGS, PAUSE_MS } from '../../queue/core/learning.js';
import {
  CLAIM_MS,
  INITIAL_MEAN_MS,
  LEASE_MS,
  MAX_IDLE_FLOWS,
  MAX_UNCLAIMED,
  ORPHAN_MS,
} from '../../queue/core/types.js';

/** Keys of a pool without replicas end after this long, in milliseconds. */
const POOL_TTL_MS = 60 * 60 * 1000;
/** Learnt limits are kept for this long after their last use, in milliseconds. */
export const LEARNT_TTL_MS = 31 * 24 * 60 * 60 * 1000;

/** Reads the state and defines the steps that the verbs have in common. Names are those of `pool-state.ts`. */
const STATE = `
local POOL, GROUPS, REPLICAS, LEASES, WAITING, ORDER, FLOWS, IDLE = unpack(KEYS)
for i, kind in ipairs({'hash', 'hash', 'hash', 'hash', 'hash', 'zset', 'hash', 'zset'}) do own(KEYS[i], kind) end

local function decode(text)
  local isJson, value = pcall(cjson.decode, text)
  return isJson and type(value) == 'table' and value or nil
end
-- Removes entries that are not JSON objects.
local function readAll(key)
  local all, raw = {}, redis.call('HGETALL', key)
  for i = 1, #raw, 2 do
    all[raw[i]] = decode(raw[i + 1])
    if not all[raw[i]] then redis.call('HDEL', key, raw[i]) end
  end
  return all
end
local groups, replicas, leases = readAll(GROUPS), readAll(REPLICAS), readAll(LEASES)
local pool = {floor = 0, meanMs = ${INITIAL_MEAN_MS}, sequence = 0, sharesUntil = 0, reserve = 0, perFlow = 0, total = 0}
local stored = redis.call('HGETALL', POOL)
for i = 1, #stored, 2 do pool[stored[i]] = tonumber(stored[i + 1]) or pool[stored[i]] end

local function setPool(field, value)
  pool[field] = value
  redis.call('HSET', POOL, field, value)
end
local function writeGroup(id) redis.call('HSET', GROUPS, id, cjson.encode(groups[id])) end
local function writeLease(lease)
  leases[lease.id] = lease
  redis.call('HSET', LEASES, lease.id, cjson.encode(lease))
end
local function removeLease(id)
  leases[id] = nil
  redis.call('HDEL', LEASES, id)
end
local function readWaiting(id)
  local text = redis.call('HGET', WAITING, id)
  return text and decode(text)
end

-- Members of the order: CLASS|FLOW|ROUND|SEQUENCE|TURN|ID. Flows and turns are escaped, so that they have no bar.
local function flowPrefix(class, flow) return (class == 'batch' and '1' or '0') .. '|' .. flow .. '|' end
local function orderMember(request)
  return flowPrefix(request.class, request.flow)
    .. string.format('%010d|%014d|', request.round, request.sequence) .. request.turn .. '|' .. request.id
end
local function listOrder(class, flow, offset, count)
  local prefix = flowPrefix(class, flow)
  return redis.call('ZRANGEBYLEX', ORDER, '[' .. prefix, '(' .. prefix .. '\\255', 'LIMIT', offset, count)
end
local function countWaiting(flow)
  local count = 0
  for _, class in ipairs({'interactive', 'batch'}) do
    local prefix = flowPrefix(class, flow)
    count = count + redis.call('ZLEXCOUNT', ORDER, '[' .. prefix, '(' .. prefix .. '\\255')
  end
  return count
end
local function parseMember(member) return string.match(member, '^%d|[^|]*|(%d+)|(%d+)|([^|]*)|(.*)$') end
local function addWaiting(request)
  redis.call('HSET', WAITING, request.id, cjson.encode(request))
  redis.call('ZADD', ORDER, 0, orderMember(request))
end
local function removeWaiting(request)
  redis.call('HDEL', WAITING, request.id)
  redis.call('ZREM', ORDER, orderMember(request))
end

local function flowTime(flow) return tonumber(redis.call('HGET', FLOWS, flow) or 0) or 0 end
local function activate(flow)
  if redis.call('HEXISTS', FLOWS, flow) == 1 then return end
  redis.call('HSET', FLOWS, flow, math.max(tonumber(redis.call('ZSCORE', IDLE, flow) or 0), pool.floor))
  redis.call('ZREM', IDLE, flow)
end
local function settle(flow, charged, cost) redis.call('HSET', FLOWS, flow, flowTime(flow) + cost - charged) end
local function deactivate(flow)
  for _, lease in pairs(leases) do if lease.flow == flow then return end end
  if countWaiting(flow) > 0 then return end
  local time = flowTime(flow)
  redis.call('HDEL', FLOWS, flow)
  if redis.call('HLEN', FLOWS) == 0 then
    redis.call('DEL', IDLE)
    setPool('floor', 0)
    return
  end
  if time > pool.floor then redis.call('ZADD', IDLE, time, flow) end
  redis.call('ZREMRANGEBYSCORE', IDLE, '-inf', pool.floor)
  redis.call('ZREMRANGEBYRANK', IDLE, 0, -${MAX_IDLE_FLOWS + 1})
end

local function stopWaiting(request)
  removeWaiting(request)
  deactivate(request.flow)
end
local function endLease(lease, durationMs)
  removeLease(lease.id)
  local cost = durationMs == 0 and 0 or math.max(1, math.floor(durationMs / lease.weight))
  settle(lease.flow, lease.charged, cost)
  deactivate(lease.flow)
end
local function returnToQueue(lease, unclaimed)
  removeLease(lease.id)
  settle(lease.flow, lease.charged, 0)
  local first = listOrder(lease.class, lease.flow, 0, 1)[1]
  local present = first and tonumber((parseMember(first)))
  if present and present < lease.round then lease.round = present end
  lease.unclaimed = lease.unclaimed + unclaimed
  lease.group, lease.grantedAt, lease.charged, lease.claimUntil = nil, nil, nil, nil
  addWaiting(lease)
end
local function dropReplica(replica)
  replicas[replica] = nil
  redis.call('HDEL', REPLICAS, replica)
  for _, lease in pairs(leases) do
    if lease.replica == replica then endLease(lease, now - lease.grantedAt) end
  end
  for _, request in pairs(readAll(WAITING)) do
    if request.replica == replica then stopWaiting(request) end
  end
end
local function renewReplica(replica, count, rank)
  replicas[replica] = {['until'] = now + ${LEASE_MS}, count = count, rank = rank}
  redis.call('HSET', REPLICAS, replica, cjson.encode(replicas[replica]))
  local known = 0
  for _ in pairs(replicas) do known = known + 1 end
  if known >= count and pool.sharesUntil ~= 0 then setPool('sharesUntil', 0) end
  local groupsTtl = ${POOL_TTL_MS}
  for _, group in pairs(groups) do if group.slots and not group.fixed then groupsTtl = ${LEARNT_TTL_MS} end end
  for i, key in ipairs(KEYS) do redis.call('PEXPIRE', key, i == 2 and groupsTtl or ${POOL_TTL_MS}) end
end
local function reap()
  for replica, entry in pairs(replicas) do
    if entry['until'] <= now then
      dropReplica(replica)
      -- All at once: the store was away, and they may all have requests in flight.
      if next(replicas) == nil then setPool('sharesUntil', now + ${LEASE_MS}) end
    end
  end
  local late = {}
  for _, lease in pairs(leases) do
    if lease.claimUntil ~= 0 and lease.claimUntil <= now then late[#late + 1] = lease end
  end
  table.sort(late, function(one, other) return one.sequence < other.sequence end)
  for _, lease in ipairs(late) do
    if lease.unclaimed + 1 >= ${MAX_UNCLAIMED} then endLease(lease, 0) else returnToQueue(lease, 1) end
  end
end

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
    if group and group.pausedUntil <= now then
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
    if group.pausedUntil <= now and (not group.slots or (used[id] or 0) < group.slots) then return true end
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
-- Grants free slots and wakes the replicas; the caller is told of its own request by the reply.
local function grant(ownId)
  countUsage()
  if redis.call('ZCARD', ORDER) == 0 or not hasRoom() then return end
  local flows, raw = {}, redis.call('HGETALL', FLOWS)
  for i = 1, #raw, 2 do flows[#flows + 1] = {flow = raw[i], time = tonumber(raw[i + 1]) or 0} end
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
        redis.call('HSET', FLOWS, lease.flow, entry.time)
      end
    end
    writeLease(lease)
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
      if group.successes >= group.slots then group.slots, group.successes = group.slots + 1, 0 end
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
    group.slots = math.max(1, group.slots and group.slots - 1 or inFlight)
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
reap()
`;

/**
 * ARGV[3] JSON: {replica, peers: {count, rank}, settings, learnt: {GROUP: slots}, held: [request with group]}
 * Returns {GROUP, slots, …} of the groups whose limit is known.
 */
const register = `
local asked = cjson.decode(ARGV[3])
local replica, peers, settings = asked.replica, asked.peers, asked.settings
-- The order is by member only while all scores are 0.
redis.call('ZREMRANGEBYSCORE', ORDER, '-inf', '(0')
redis.call('ZREMRANGEBYSCORE', ORDER, '(0', '+inf')
if next(groups) == nil then setPool('sharesUntil', now + ${LEASE_MS}) end
setPool('reserve', settings.reserve)
setPool('perFlow', settings.maxWaitingPerFlow)
setPool('total', settings.maxWaiting)
local function create() return {fixed = false, successes = 0, hold = 0, refusals = 0, pausedUntil = 0, countsHeldUntil = 0} end
for id, setting in pairs(settings.groups) do
  local group = groups[id] or create()
  if setting == 'auto' then
    if group.fixed then group = create() end
    group.slots = group.slots or asked.learnt[id]
  else
    group.fixed = true
    group.slots = setting ~= 'unlimited' and setting or nil
  end
  groups[id] = group
  writeGroup(id)
end
for _, lease in ipairs(asked.held) do
  local group = groups[lease.group]
  if group and not leases[lease.id] then
    local waiting = readWaiting(lease.id)
    if waiting then removeWaiting(waiting) end
    activate(lease.flow)
    setPool('sequence', pool.sequence + 1)
    lease.replica, lease.sequence, lease.round, lease.unclaimed = replica, pool.sequence, 0, 0
    lease.grantedAt, lease.charged, lease.claimUntil = now, 0, 0
    writeLease(lease)
    if group.countsHeldUntil > now and group.slots then
      group.slots = group.slots + 1
      writeGroup(lease.group)
    end
  end
end
renewReplica(replica, peers.count, peers.rank)
local limits = listLimits()
grant('')
return limits
`;

/**
 * ARGV[3] request (JSON), [4] replica
 * Returns {'granted', GROUP} | {'waiting'} | {'flow-full'} | {'pool-full'} | {'unregistered'}.
 */
const enter = `
local request = cjson.decode(ARGV[3])
local function finish(kind)
  grant(request.id)
  local lease = kind == 'waiting' and leases[request.id]
  if not lease then return {kind} end
  lease.claimUntil = 0
  writeLease(lease)
  return {'granted', lease.group}
end
if not replicas[ARGV[4]] then return finish('unregistered') end
if leases[request.id] or redis.call('HEXISTS', WAITING, request.id) == 1 then return finish('waiting') end
request.replica, request.sequence, request.round, request.unclaimed = ARGV[4], pool.sequence + 1, 0, 0
if request.turn ~= '' then
  local members = listOrder(request.class, request.flow, 0, -1)
  for i, member in ipairs(members) do
    local round, _, turn = parseMember(member)
    if i == 1 then request.round = math.max(request.round, tonumber(round)) end
    if turn == request.turn then request.round = math.max(request.round, tonumber(round) + 1) end
  end
end
countUsage()
if not findGroup(request) then
  if countWaiting(request.flow) >= pool.perFlow then return finish('flow-full') end
  if redis.call('ZCARD', ORDER) >= pool.total then return finish('pool-full') end
end
setPool('sequence', request.sequence)
activate(request.flow)
addWaiting(request)
return finish('waiting')
`;

/** ARGV[3] request id · Returns the group, false when the request has no grant. */
const take = `
local lease = leases[ARGV[3]]
if lease then
  lease.claimUntil = 0
  writeLease(lease)
end
grant('')
return lease and lease.group
`;

/** ARGV[3] request id, [4] outcome */
const leave = `
local waiting = readWaiting(ARGV[3])
if waiting then stopWaiting(waiting) end
local lease = leases[ARGV[3]]
if lease then
  local durationMs = math.max(1, now - lease.grantedAt)
  endLease(lease, ARGV[4] == 'refused' and 0 or durationMs)
  if ARGV[4] == 'ok' then setPool('meanMs', math.max(1, pool.meanMs + math.floor((durationMs - pool.meanMs) / 8))) end
  learn(lease, ARGV[4])
end
grant('')
return 1
`;

/** ARGV[3] request id · Returns 1, or 0 when it has no lease. */
const putBack = `
local lease = leases[ARGV[3]]
if lease then
  local group = lease.group
  returnToQueue(lease, 0)
  learn({group = group}, 'refused')
end
grant('')
return lease and 1 or 0
`;

/**
 * ARGV[3] replica, [4] replicas alive, [5] rank among them, [6] ids of the replica's requests (JSON)
 * Returns {{missing id …}, {granted id …}, {GROUP, slots, …}}, false when the replica is unknown.
 */
const renew = `
if not replicas[ARGV[3]] then
  grant('')
  return false
end
renewReplica(ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]))
local ids, named = cjson.decode(ARGV[6]), {}
for _, id in ipairs(ids) do named[id] = true end
for id, lease in pairs(leases) do
  if lease.replica == ARGV[3] and not named[id] and lease.grantedAt + ${ORPHAN_MS} <= now then
    endLease(lease, now - lease.grantedAt)
  end
end
grant('')
local missing, granted = {}, {}
for _, id in ipairs(ids) do
  if leases[id] then
    if leases[id].claimUntil ~= 0 then granted[#granted + 1] = id end
  elseif redis.call('HEXISTS', WAITING, id) == 0 then
    missing[#missing + 1] = id
  end
end
return {missing, granted, listLimits()}
`;

/** ARGV[3] replica */
const unregister = `
dropReplica(ARGV[3])
grant('')
return 1
`;

const VERBS = {
  queueRegister: register,
  queueEnter: enter,
  queueTake: take,
  queueLeave: leave,
  queuePutBack: putBack,
  queueRenew: renew,
  queueUnregister: unregister,
} as const;

/** @param preamble Lua that defines `own` and `now`. */
export function buildQueueScripts(
  preamble: string,
): Record<keyof typeof VERBS, { numberOfKeys: 8; lua: string }> {
  const build = (verb: string) => ({ numberOfKeys: 8, lua: preamble + STATE + verb }) as const;
  return {
    queueRegister: build(VERBS.queueRegister),
    queueEnter: build(VERBS.queueEnter),
    queueTake: build(VERBS.queueTake),
    queueLeave: build(VERBS.queueLeave),
    queuePutBack: build(VERBS.queuePutBack),
    queueRenew: build(VERBS.queueRenew),
    queueUnregister: build(VERBS.queueUnregister),
  };
}
