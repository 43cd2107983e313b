/** The Lua scripts of guest tokens: those of conversations, and spare ones. */
import { NOW, OWN } from './preludes.js';

/*
 * A conversation's entry is `t:TOKEN`, `a:` (ambiguous, so that no token is shared) or `u:` (unbound after its token was
 * refused). The claim to mint is a separate key, so its expiry leaves the entry untouched.
 */

/** Reads the entry of KEYS[1]. A value of another program counts as empty, and the next write replaces it. */
const ENTRY = `
local value = redis.pcall('GET', KEYS[1])
if type(value) ~= 'string' then value = '' end
local kind, token = string.sub(value, 1, 2), string.sub(value, 3)
local known = kind == 't:' or kind == 'a:' or kind == 'u:'
`;

/**
 * Returns a conversation's token and renews its lifetime; without a token, grants the claim to mint to one owner.
 * KEYS[1] conversation, [2] claim · ARGV[1] owner, [2] lease in ms, [3] lifetime in ms
 * Returns {'token', TOKEN} | {'mint'} | {'wait'} | {'ambiguous'}.
 */
const claimToken = `${ENTRY}
if known then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
if kind == 't:' then return {'token', token} end
if kind == 'a:' then return {'ambiguous'} end
local owner = redis.pcall('GET', KEYS[2])
local left = redis.call('PTTL', KEYS[2])
-- A key without expiry, or with a longer one, is not a claim of the gateway: no replica waits for it.
if type(owner) == 'string' and left >= 0 and left <= tonumber(ARGV[2]) then
  return {owner == ARGV[1] and 'mint' or 'wait'}
end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return {'mint'}
`;

/** Releases a claim. KEYS[1] claim · ARGV[1] owner */
const releaseClaim = `
if redis.pcall('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
`;

/** Returns the conversation's token and renews its lifetime. KEYS[1] conversation · ARGV[1] lifetime in ms · Returns TOKEN or false. */
const findToken = `${ENTRY}
if known then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return kind == 't:' and token
`;

/**
 * Binds a token unless another is bound, and removes the claim. An ambiguous conversation stays ambiguous.
 * KEYS[1] conversation, [2] claim · ARGV[1] token, [2] lifetime in ms · Returns the token to use.
 */
const bindToken = `${ENTRY}
if kind == 't:' or kind == 'a:' then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
else
  redis.call('SET', KEYS[1], 't:' .. ARGV[1], 'PX', ARGV[2])
end
redis.call('DEL', KEYS[2])
return kind == 't:' and token or ARGV[1]
`;

/**
 * Records the token of an answer's transcript. If another token was recorded or refused, the entry becomes ambiguous.
 * KEYS[1] conversation · ARGV[1] token, [2] lifetime in ms
 */
const rememberToken = `${ENTRY}
local entry = 't:' .. ARGV[1]
if known and value ~= entry then entry = 'a:' end
redis.call('SET', KEYS[1], entry, 'PX', ARGV[2])
return 1
`;

/** Unbinds a token if it is still bound. KEYS[1] conversation · ARGV[1] token, [2] lifetime in ms */
const forgetToken = `
if redis.pcall('GET', KEYS[1]) == 't:' .. ARGV[1] then redis.call('SET', KEYS[1], 'u:', 'PX', ARGV[2]) end
return 1
`;

/** Adds a spare token and removes expired ones. KEYS[1] spares · ARGV[1] token, [2] lifetime in ms */
const addSpare = `${OWN}${NOW}
own(KEYS[1], 'zset')
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
`;

/** Removes and returns the spare token that expires first. KEYS[1] spares · Returns TOKEN or false. */
const takeSpare = `${OWN}${NOW}
own(KEYS[1], 'zset')
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
return redis.call('ZPOPMIN', KEYS[1])[1] or false
`;

/** Counts the spare tokens. KEYS[1] spares · Returns their number. */
const countSpares = `${OWN}${NOW}
own(KEYS[1], 'zset')
return redis.call('ZCOUNT', KEYS[1], '(' .. now, '+inf')
`;

export const TOKEN_SCRIPTS = {
  claimToken: { numberOfKeys: 2, lua: claimToken },
  findToken: { numberOfKeys: 1, lua: findToken },
  bindToken: { numberOfKeys: 2, lua: bindToken },
  rememberToken: { numberOfKeys: 1, lua: rememberToken },
  releaseClaim: { numberOfKeys: 1, lua: releaseClaim },
  forgetToken: { numberOfKeys: 1, lua: forgetToken },
  addSpare: { numberOfKeys: 1, lua: addSpare },
  takeSpare: { numberOfKeys: 1, lua: takeSpare },
  countSpares: { numberOfKeys: 1, lua: countSpares },
} as const;
