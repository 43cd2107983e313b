/**
 * The verbs of a pool of slots as Lua scripts: what `src/queue/core/` does, on Redis. A property test compares the two.
 *
 * KEYS of every script: [1] pool, [2] groups, [3] replicas, [4] leases, [5] waiting, [6] order, [7] flows, [8] idle
 * flows (see keys.ts) · ARGV[1] prefix of the replicas' channels, [2] name of the pool
 * Each publishes JSON: `[pool, request id]` on `to:REPLICA` for every request that it grants, `[pool]` on `limits` when a
 * limit becomes known.
 */
import { CLAIM_MS, LEASE_MS, MESSAGE_MS, ORPHAN_MS } from '../../queue/core/types.js';
import { QUEUE_GRANTS } from './queue-grants.js';
import { QUEUE_STATE } from './queue-state.js';

/** Before every verb: ends what is late. */
const REAP = `
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
local function create() return {fixed = false, changedAt = 0, successes = 0, hold = 0, refusals = 0, pausedUntil = 0, countsHeldUntil = 0} end
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
      group.slots, group.changedAt = group.slots + 1, now
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

/** ARGV[3] request id, [4] outcome, [5] milliseconds at the upstream, or empty */
const leave = `
local waiting = readWaiting(ARGV[3])
if waiting then stopWaiting(waiting) end
local lease = leases[ARGV[3]]
if lease then
  local durationMs = math.max(1, math.min(tonumber(ARGV[5]) or math.huge, now - lease.grantedAt))
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
    local claimUntil = leases[id].claimUntil
    if claimUntil ~= 0 and claimUntil <= now + ${CLAIM_MS - MESSAGE_MS} then granted[#granted + 1] = id end
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
  const build = (verb: string) =>
    ({ numberOfKeys: 8, lua: preamble + QUEUE_STATE + QUEUE_GRANTS + REAP + verb }) as const;
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
