import { HEAD_BYTES } from '../../session-codec.js';

/**
 * What is done with each session, in one call for many of them: the client's work for a call costs several times
 * as much as the server's for an operation. `KEYS[i]` has three arguments: the operation and two of its own.
 *
 *   get       lifetime in ms, -           the value, which then lives so long
 *   set       value, lifetime in ms       1, or 0 for a value older than what is stored
 *   touch     lifetime in ms, -           it lives so long
 *   append    head of the value, addition
 *   delete    -, -                        1 if there was one
 *
 * Values begin with the format version and a stamp that has the time at which they were made, so that a `set` that
 * was delayed on one server does not replace a later one of another. The same stamp, or an addition that is
 * there already, was stored when the reply to it was lost, and stays with what was added to it.
 * The result of an operation that fails is its error.
 */
export const SCRIPT = `
local HEAD = ${HEAD_BYTES}
local byte = string.byte

-- Below 0: the stored value is older; above: newer; 0: it is this value.
local function compareStamps(stored, value)
  if #stored < HEAD or byte(stored, 1) ~= byte(value, 1) then return -1 end
  for i = 2, HEAD do
    local difference = byte(stored, i) - byte(value, i)
    if difference ~= 0 then return difference end
  end
  return 0
end

-- By the head of a value: nothing may follow an addition that was left out.
local refusals = {}

local apply = {
  g = function(key, lifetime)
    return redis.pcall('GETEX', key, 'PX', lifetime)
  end,
  s = function(key, value, lifetime)
    local stored = redis.pcall('GETRANGE', key, 0, HEAD - 1)
    if type(stored) == 'table' then return stored end
    local age = compareStamps(stored, value)
    if age > 0 then return 0 end
    if age == 0 then return redis.pcall('PEXPIRE', key, lifetime) end
    local result = redis.pcall('SET', key, value, 'PX', lifetime)
    return result.err and result or 1
  end,
  t = function(key, lifetime)
    return redis.pcall('PEXPIRE', key, lifetime)
  end,
  a = function(key, head, addition)
    if refusals[head] then return refusals[head] end
    local stored = redis.pcall('GETRANGE', key, 0, HEAD - 1)
    if type(stored) == 'table' then return stored end
    if stored ~= head then return 0 end
    if redis.call('GETRANGE', key, -#addition, -1) == addition then return 1 end
    local result = redis.pcall('APPEND', key, addition)
    if type(result) == 'table' then refusals[head] = result end
    return result
  end,
  d = function(key)
    return redis.pcall('DEL', key)
  end,
}

local results = {}
for i = 1, #KEYS do
  results[i] = apply[ARGV[3 * i - 2]](KEYS[i], ARGV[3 * i - 1], ARGV[3 * i])
end
return results
`;

/** Operations as the script knows them. */
export const ScriptOp = {
  GET: 'g',
  SET: 's',
  TOUCH: 't',
  APPEND: 'a',
  DELETE: 'd',
} as const;
