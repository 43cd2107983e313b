/** What Lua scripts begin with. */

/** Removes a key of an unexpected type, which would fail every script that uses it. */
export const OWN = `
local function own(key, kind)
  local found = redis.call('TYPE', key).ok
  if found ~= kind and found ~= 'none' then redis.call('UNLINK', key) end
end
`;

/** Reads the time of Redis in Unix ms, so that replicas need no synchronized clocks. */
export const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;
