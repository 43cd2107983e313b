/**
 * The verbs of a pool of slots as Lua scripts: what `src/queue/core/` does, on Redis. A property test compares the two.
 *
 * KEYS of every script: [1] pool, [2] groups, [3] replicas, [4] leases, [5] waiting, [6] order, [7] flows, [8] idle
 * flows, [9] pauses (see keys.ts) · ARGV[1] prefix of the replicas' channels, [2] name of the pool
 * Each publishes JSON: `[pool, request id]` on `to:REPLICA` for every request that it grants, `[pool]` on `limits` when a
 * limit becomes known or a pause begins.
 */
import { LEASE_MS, MESSAGE_MS, ORPHAN_MS } from '../../queue/core/types.js';
import { QUEUE_GRANTS } from './queue-grants.js';
import { QUEUE_PAUSES } from './queue-pauses.js';
import { QUEUE_STATE } from './queue-state.js';

/** Before every verb: ends what is late. */
const REAP = `
reap()
forgetOldPauses()
`;

/**
 * ARGV[3] JSON: {replica, peers: {count, rank}, settings, learnt: {GROUP: slots}, paused: {NAME: pause}, actedAgoMs,
 * held: [request with group]}
 * Returns {{GROUP, slots, …}, {NAME, pause (JSON), …}, NOW}: the groups whose limit is known, the pauses, and the time.
 */
const register = `
local asked = cjson.decode(ARGV[3])
local replica, peers, settings = asked.replica, asked.peers, asked.settings
-- The order is by member only while all scores are 0.
redis.call('ZREMRANGEBYSCORE', ORDER, '-inf', '(0')
redis.call('ZREMRANGEBYSCORE', ORDER, '(0', '+inf')
if next(groups) == nil then
  setPool('sharesUntil', now + ${LEASE_MS})
  for name, pause in pairs(asked.paused) do
    pause.probe = ''
    writePause(name, pause)
  end
end
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
retryPauses(now - asked.actedAgoMs)
for _, lease in ipairs(asked.held) do
  local group = groups[lease.group]
  if group and not leases[lease.id] then
    local waiting = readWaiting(lease.id)
    if waiting then removeWaiting(waiting) end
    activate(lease.flow)
    setPool('sequence', pool.sequence + 1)
    lease.replica, lease.sequence, lease.round, lease.unclaimed = replica, pool.sequence, 0, 0
    lease.grantedAt, lease.charged, lease.claimUntil, lease.deadline = now, 0, 0, now + lease.patienceMs
    writeLease(lease)
    if group.countsHeldUntil > now and group.slots then
      group.slots, group.changedAt = group.slots + 1, now
      writeGroup(lease.group)
    end
  end
end
local configured = {}
for id in pairs(settings.groups) do configured[#configured + 1] = id end
renewReplica(replica, peers.count, peers.rank, configured)
forgetRemoved()
grant('')
return {listLimits(), listPauses(), now}
`;

/**
 * ARGV[3] request (JSON), [4] replica
 * Returns {'granted', GROUP} | {'waiting'} | {'flow-full'} | {'pool-full'} | {'paused', KIND, CODE, MS} | {'unregistered'}.
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
request.deadline = now + request.patienceMs
if not canBeServed(request) then
  local kind, code, inMs = outlook(request.groups)
  grant(request.id)
  return {'paused', kind, code, inMs}
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

/**
 * ARGV[3] request id, [4] outcome, [5] milliseconds at the upstream, or empty
 * Returns the names of the pauses that its success has ended.
 */
const leave = `
local lifted = {}
local waiting = readWaiting(ARGV[3])
if waiting then stopWaiting(waiting) end
local lease = leases[ARGV[3]]
if lease then
  local durationMs = math.max(1, math.min(tonumber(ARGV[5]) or math.huge, now - lease.grantedAt))
  endLease(lease, ARGV[4] == 'refused' and 0 or durationMs)
  if ARGV[4] == 'ok' then
    setPool('meanMs', math.max(1, pool.meanMs + math.floor((durationMs - pool.meanMs) / 8)))
    lifted = liftPauses(lease)
  end
  learn(lease, ARGV[4])
end
grant('')
return lifted
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
 * ARGV[3] request id, [4] asked pause (JSON), [5] 1 if the request may wait again
 * Returns {1 if it waits, name of the pause that has begun or '', 1 if all its groups are paused, KIND, CODE, MS}, false
 * when it has no lease of that group.
 */
const giveBack = `
local lease, asked = leases[ARGV[3]], cjson.decode(ARGV[4])
if not lease or lease.group ~= asked.group then
  grant('')
  return false
end
local began = beginPause(lease, asked)
local group = lease.group
removeLease(lease.id)
lease.tried = lease.tried or {}
lease.tried[#lease.tried + 1] = group
local isWaiting = ARGV[5] == '1' and canBeServed(lease)
local isOver = isPaused(lease)
local kind, code, inMs = outlook(lease.groups)
if isWaiting then
  returnToQueue(lease, 0)
else
  endLease(lease, math.max(1, now - lease.grantedAt))
end
grant('')
return {isWaiting and 1 or 0, began, isOver and 1 or 0, kind, code, inMs}
`;

/**
 * ARGV[3] replica, [4] replicas alive, [5] rank among them, [6] ids of the replica's requests (JSON)
 * Returns {{missing id …}, {granted id …}, {GROUP, slots, …}, {NAME, pause (JSON), …}, {hopeless id, KIND, CODE, MS, …},
 * NOW},
 * false when the replica is unknown.
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
    if leases[id].grantedAt + ${MESSAGE_MS} <= now then granted[#granted + 1] = id end
  elseif redis.call('HEXISTS', WAITING, id) == 0 then
    missing[#missing + 1] = id
  end
end
local hopeless = {}
for _, id in ipairs(next(pauses) and ids or {}) do
  local request = readWaiting(id)
  if request and not canBeServed(request) then
    local kind, code, inMs = outlook(request.groups)
    for _, value in ipairs({id, kind, code, inMs}) do hopeless[#hopeless + 1] = value end
  end
end
return {missing, granted, listLimits(), listPauses(), hopeless, now}
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
  queueGiveBack: giveBack,
  queueRenew: renew,
  queueUnregister: unregister,
} as const;

/** @param preamble Lua that defines `own` and `now`. */
export function buildQueueScripts(
  preamble: string,
): Record<keyof typeof VERBS, { numberOfKeys: 9; lua: string }> {
  const build = (verb: string) =>
    ({ numberOfKeys: 9, lua: preamble + QUEUE_STATE + QUEUE_PAUSES + QUEUE_GRANTS + REAP + verb }) as const;
  return {
    queueRegister: build(VERBS.queueRegister),
    queueEnter: build(VERBS.queueEnter),
    queueTake: build(VERBS.queueTake),
    queueLeave: build(VERBS.queueLeave),
    queuePutBack: build(VERBS.queuePutBack),
    queueGiveBack: build(VERBS.queueGiveBack),
    queueRenew: build(VERBS.queueRenew),
    queueUnregister: build(VERBS.queueUnregister),
  };
}
