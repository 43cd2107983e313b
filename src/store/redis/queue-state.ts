/**
 * The state of a pool of slots in Lua: reads it, and defines the steps that change it. Names are those of
 * `src/queue/core/pool-state.ts`; KEYS and ARGV are those of queue-scripts.ts.
 */
import { INITIAL_MEAN_MS, LEASE_MS, MAX_IDLE_FLOWS, MAX_UNCLAIMED } from '../../queue/core/types.js';

/** Keys of a pool without replicas end after this long, in milliseconds. */
const POOL_TTL_MS = 60 * 60 * 1000;
/** Learnt limits are kept for this long after their last use, in milliseconds. */
export const LEARNT_TTL_MS = 31 * 24 * 60 * 60 * 1000;

export const QUEUE_STATE = `
local POOL, GROUPS, REPLICAS, LEASES, WAITING, ORDER, FLOWS, IDLE, PAUSES = unpack(KEYS)
for i, kind in ipairs({'hash', 'hash', 'hash', 'hash', 'hash', 'zset', 'hash', 'zset', 'hash'}) do own(KEYS[i], kind) end

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
local groups, replicas, leases, pauses = readAll(GROUPS), readAll(REPLICAS), readAll(LEASES), readAll(PAUSES)
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
local function renewReplica(replica, count, rank, configured)
  local before = replicas[replica] or {}
  replicas[replica] = {['until'] = now + ${LEASE_MS}, count = count, rank = rank, groups = configured or before.groups}
  redis.call('HSET', REPLICAS, replica, cjson.encode(replicas[replica]))
  local known = 0
  for _ in pairs(replicas) do known = known + 1 end
  if known >= count and pool.sharesUntil ~= 0 then setPool('sharesUntil', 0) end
  local groupsTtl = ${POOL_TTL_MS}
  for _, group in pairs(groups) do if group.slots and not group.fixed then groupsTtl = ${LEARNT_TTL_MS} end end
  for i, key in ipairs(KEYS) do
    redis.call('PEXPIRE', key, i == 2 and groupsTtl or i == 9 and ${LEARNT_TTL_MS} or ${POOL_TTL_MS})
  end
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
`;
