import { HEAD_BYTES } from '../../session-codec.js';

/** Operations of the script, by their number. */
export const ScriptOp = {
  /** -> the value, which then lives for the lifetime */
  GET: 1,
  /** value -> 1, or 0 for a value that is older than what is stored */
  SET: 2,
  /** It lives for the lifetime. */
  TOUCH: 3,
  /** head of the value, addition */
  APPEND: 4,
  /** -> 1 if there was one */
  DELETE: 5,
} as const;
export type ScriptOp = (typeof ScriptOp)[keyof typeof ScriptOp];

/** Of an operation among the arguments: its number, a lifetime in ms and the lengths of two texts, which follow. */
export const OP_HEADER_BYTES = 17;

/**
 * What is done with the sessions under `KEYS`, in one call for many of them, as the client's work for a call
 * costs several times as much as the server's for an operation. `ARGV[1]` has one operation for each, packed:
 * the client's work for an argument is half of what is left.
 *
 * Values begin with the format version and a stamp that has the time at which they were made, so that a `set` that
 * was delayed on one server does not replace a later one of another. The same stamp, or an addition that is
 * there already, was stored when the reply to it was lost, and stays with what was added to it.
 * The result of an operation that fails is its error.
 */
export const SCRIPT = `
local HEAD = ${HEAD_BYTES}
local byte, sub, unpack = string.byte, string.sub, struct.unpack
local call = redis.pcall

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
  [${ScriptOp.GET}] = function(key, lifetime)
    return call('GETEX', key, 'PX', lifetime)
  end,
  [${ScriptOp.SET}] = function(key, lifetime, value)
    local stored = call('GETRANGE', key, 0, HEAD - 1)
    if type(stored) == 'table' then return stored end
    local age = compareStamps(stored, value)
    if age > 0 then return 0 end
    if age == 0 then return call('PEXPIRE', key, lifetime) end
    local result = call('SET', key, value, 'PX', lifetime)
    return result.err and result or 1
  end,
  [${ScriptOp.TOUCH}] = function(key, lifetime)
    return call('PEXPIRE', key, lifetime)
  end,
  [${ScriptOp.APPEND}] = function(key, lifetime, head, addition)
    if refusals[head] then return refusals[head] end
    local stored = call('GETRANGE', key, 0, HEAD - 1)
    if type(stored) == 'table' then return stored end
    if stored ~= head then return 0 end
    if call('GETRANGE', key, -#addition, -1) == addition then return 1 end
    local result = call('APPEND', key, addition)
    if type(result) == 'table' then refusals[head] = result end
    return result
  end,
  [${ScriptOp.DELETE}] = function(key)
    return call('DEL', key)
  end,
}

local operations = ARGV[1]
local at = 1
local results = {}
for i = 1, #KEYS do
  local op, lifetime, first, second, start = unpack('<BdI4I4', operations, at)
  local middle = start + first
  at = middle + second
  results[i] = apply[op](KEYS[i], lifetime, sub(operations, start, middle - 1), sub(operations, middle, at - 1))
end
return results
`;
