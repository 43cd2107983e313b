/**
 * The ledger of `src/budgets/core/ledger.ts` in Lua, under the same names. All keys of a ledger have one hash tag.
 * KEYS[1] spent, [2] held, [3] entries, [4] leases, [5] minutes, [6] number of the replica's latest batch.
 */
import {
  EXCEEDED_PERCENT,
  LAPSED_MS,
  LEASE_MS,
  MAX_REAPED,
  MINUTE_MS,
  SPENT_TTL_MS,
} from '../../budgets/core/types.js';

/** Counters of `total` are kept this long after their last use, in milliseconds. */
const LEDGER_TTL_MS = 400 * 24 * 60 * 60 * 1000;
/** Reservations and the numbers of batches. */
const OPEN_TTL_MS = 2 * 24 * 60 * 60 * 1000;

const STATE = `
local SPENT, HELD, ENTRIES, LEASES, MINUTES, APPLIED = unpack(KEYS)
for i, kind in ipairs({'hash', 'hash', 'hash', 'zset', 'hash', 'string'}) do own(KEYS[i], kind) end
local function whole(value) return string.format('%.0f', value) end
local function number(key, field) return tonumber(redis.call('HGET', key, field) or 0) or 0 end
local function spentOf(counter) return number(SPENT, counter) end
local function heldOf(counter) return number(HELD, counter) end
local function left(line) return line.limit - spentOf(line.counter) end
local function amountOf(line, tokens) return line.base + math.ceil(tokens * line.rate / 1000000) end
local function tokensThatFit(room, line)
  if room < line.base then return -1 end
  if line.rate == 0 then return ${Number.MAX_SAFE_INTEGER} end
  return math.floor((room - line.base) * 1000000 / line.rate)
end
local function addTo(field, delta)
  local sum = number(HELD, field) + delta
  if sum == 0 then redis.call('HDEL', HELD, field) else redis.call('HSET', HELD, field, whole(sum)) end
end
local function readEntry(id)
  local text = redis.call('HGET', ENTRIES, id)
  if not text then return nil end
  local isJson, entry = pcall(cjson.decode, text)
  return isJson and type(entry) == 'table' and entry or nil
end
local function writeEntry(id, entry)
  redis.call('HSET', ENTRIES, id, cjson.encode(entry))
  redis.call('ZADD', LEASES, whole(entry['until']), id)
end
local function removeEntry(id)
  redis.call('HDEL', ENTRIES, id)
  redis.call('ZREM', LEASES, id)
end
local minute = math.floor(now / ${MINUTE_MS})
local function tokensOf(scope)
  local at, tokens = string.match(redis.call('HGET', MINUTES, scope) or '', '^(%d+) (%d+)$')
  return tonumber(at) == minute and tonumber(tokens) or 0
end
local function count(scope, tokens)
  redis.call('HSET', MINUTES, scope, whole(minute) .. ' ' .. whole(math.max(0, tokensOf(scope) + tokens)))
end
local function hasEnded(counter)
  local ending = tonumber(string.match(counter, '|(%d*)$'))
  return ending and ending > 0 and ending + ${SPENT_TTL_MS} <= now
end
local function spend(counter, amount)
  if amount ~= 0 then redis.call('HSET', SPENT, counter, whole(spentOf(counter) + amount)) end
end
local function forgetEnded()
  local all = redis.call('HGETALL', SPENT)
  for i = 1, #all, 2 do if hasEnded(all[i]) then redis.call('HDEL', SPENT, all[i]) end end
end
local function release(entry)
  for counter, amount in pairs(entry.amounts) do addTo(counter, -amount) end
  for _, scope in ipairs(entry.flights) do addTo('flight ' .. scope, -1) end
end
local function uncharge(id, entry)
  removeEntry(id)
  for counter, amount in pairs(entry.amounts) do
    redis.call('HSET', SPENT, counter, whole(spentOf(counter) - amount))
  end
end
local function put(asked, tokens, amounts, hasBegun, counted)
  local entry = {replica = asked.replica, tokens = tokens, hasBegun = hasBegun, amounts = {}, flights = {}, minutes = {},
    counted = asked.inputTokens + tokens, ['until'] = now + ${LEASE_MS}, isLapsed = false}
  for i, line in ipairs(asked.lines) do
    entry.amounts[line.counter] = amounts[i]
    addTo(line.counter, amounts[i])
  end
  for i, line in ipairs(asked.flights) do
    entry.flights[i] = line.scope
    addTo('flight ' .. line.scope, 1)
  end
  for i, line in ipairs(asked.minutes) do
    entry.minutes[i] = line.scope
    count(line.scope, entry.counted - counted)
  end
  writeEntry(asked.id, entry)
end
local function states(counters)
  local all = {}
  for _, counter in ipairs(counters) do
    all[#all + 1] = spentOf(counter)
    all[#all + 1] = heldOf(counter)
  end
  return all
end
local function answer(asked, kind, index, tokens, waitMs)
  local counters = {}
  for i, line in ipairs(asked.lines) do counters[i] = line.counter end
  return {kind, index, tokens, waitMs, unpack(states(counters))}
end
local function keep()
  redis.call('PEXPIRE', SPENT, ${LEDGER_TTL_MS})
  for i = 2, 5 do redis.call('PEXPIRE', KEYS[i], ${OPEN_TTL_MS}) end
end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', LEASES, '-inf', whole(now), 'LIMIT', 0, ${MAX_REAPED})) do
  local entry = readEntry(id)
  if entry and not entry.isLapsed then release(entry) end
  if not entry or entry.isLapsed or not entry.hasBegun then
    removeEntry(id)
  else
    for counter, amount in pairs(entry.amounts) do spend(counter, amount) end
    entry.isLapsed = true
    entry['until'] = now + ${LAPSED_MS}
    writeEntry(id, entry)
  end
end
`;

/** ARGV[1] reservation (JSON) · Returns {kind, index, tokens, ms to wait, spent, held, …}. */
const reserve = `
local asked = cjson.decode(ARGV[1])
local mine = readEntry(asked.id)
if mine then return answer(asked, 'reserved', 0, mine.tokens, 0) end
local wanted = asked.tokens
for i, line in ipairs(asked.lines) do
  local rest = left(line)
  local fit = tokensThatFit(rest, line)
  if rest > 0 and fit >= math.min(1, asked.tokens) then
    wanted = math.min(wanted, fit)
  elseif rest <= 0 or spentOf(line.counter) * 100 >= line.limit * ${EXCEEDED_PERCENT} then
    return answer(asked, 'exceeded', i - 1, 0, 0)
  elseif line.isHard then
    return answer(asked, 'too-large', i - 1, 0, 0)
  end
end
for i, line in ipairs(asked.minutes) do
  local used = tokensOf(line.scope)
  if used > 0 and used + asked.inputTokens + wanted > line.limit then
    return answer(asked, 'minute', i - 1, 0, ${MINUTE_MS} - now % ${MINUTE_MS})
  end
end
for i, line in ipairs(asked.flights) do
  if number(HELD, 'flight ' .. line.scope) >= line.limit then return answer(asked, 'flight', i - 1, 0, 0) end
end
local amounts = {}
for i, line in ipairs(asked.lines) do
  amounts[i] = math.min(amountOf(line, wanted), left(line))
  if heldOf(line.counter) + amounts[i] > left(line) then return answer(asked, 'busy', i - 1, 0, 0) end
end
put(asked, wanted, amounts, asked.hasBegun, 0)
keep()
return answer(asked, 'reserved', 0, wanted, 0)
`;

/** ARGV[1] reservation (JSON), [2] number of the replica's latest batch when it asked · Returns as reserve does. */
const extend = `
local asked = cjson.decode(ARGV[1])
local mine = readEntry(asked.id)
local open = mine and not mine.isLapsed and mine
if mine and mine.isLapsed then uncharge(asked.id, mine) end
local tokens = asked.tokens
for _, line in ipairs(asked.lines) do
  if line.isHard then
    local others = heldOf(line.counter) - (open and open.amounts[line.counter] or 0)
    tokens = math.min(tokens, math.max(tokensThatFit(left(line) - others, line), open and open.tokens or 0))
  end
end
if not mine and tonumber(ARGV[2]) < (tonumber(redis.call('GET', APPLIED) or 0) or 0) then
  return answer(asked, 'reserved', 0, tokens, 0)
end
if open then release(open) end
local amounts = {}
for i, line in ipairs(asked.lines) do amounts[i] = amountOf(line, tokens) end
put(asked, tokens, amounts, true, mine and mine.counted or 0)
keep()
return answer(asked, 'reserved', 0, tokens, 0)
`;

/** ARGV[1] batch (JSON), [2] counters (JSON) · Returns {spent, held, …} of the counters. */
const settle = `
local batch = cjson.decode(ARGV[1])
if batch.number > (tonumber(redis.call('GET', APPLIED) or 0) or 0) then
  -- The first write fails if memory is full, before anything is settled.
  redis.call('SET', APPLIED, batch.number, 'PX', ${OPEN_TTL_MS})
  local known = redis.call('HLEN', SPENT)
  for _, one in ipairs(batch.settlements) do
    local entry = readEntry(one.id)
    removeEntry(one.id)
    if entry and entry.isLapsed then uncharge(one.id, entry) elseif entry then release(entry) end
    for _, part in ipairs(one.amounts) do spend(part.counter, part.amount) end
    for _, scope in ipairs(one.minutes) do count(scope, one.tokens - (entry and entry.counted or 0)) end
  end
  if redis.call('HLEN', SPENT) > known then forgetEnded() end
  keep()
end
return states(cjson.decode(ARGV[2]))
`;

/** ARGV[1] ids (JSON), [2] counters (JSON) · Returns {{missing id …}, {spent, held, …}}. */
const renew = `
local missing = {}
for _, id in ipairs(cjson.decode(ARGV[1])) do
  local entry = readEntry(id)
  if not entry or entry.isLapsed then
    missing[#missing + 1] = id
  else
    entry['until'] = now + ${LEASE_MS}
    writeEntry(id, entry)
  end
end
return {missing, states(cjson.decode(ARGV[2]))}
`;

/** @param preamble Lua that defines `own` and `now`. */
export function buildBudgetScripts(preamble: string) {
  const build = (verb: string) => ({ numberOfKeys: 6, lua: preamble + STATE + verb }) as const;
  return {
    budgetReserve: build(reserve),
    budgetExtend: build(extend),
    budgetSettle: build(settle),
    budgetRenew: build(renew),
  } as const;
}
