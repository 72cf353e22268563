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
  /** value -> like SET; if the server refuses the value, what is stored lives for the lifetime all the same */
  SET_OR_TOUCH: 6,
} as const;
export type ScriptOp = (typeof ScriptOp)[keyof typeof ScriptOp];

/** Of an operation among the arguments: its number, a lifetime in ms and the lengths of two texts, which follow. */
export const OP_HEADER_BYTES = 17;

/** How a result begins, as a signed number of 4 bytes; any other is the length of a value, which follows. */
export const ResultHead = {
  /** 0, or there is no value. */
  NONE: -1,
  /** 1 */
  DONE: -2,
  /** The length of its message and this follow. */
  ERROR: -3,
  /** The same: the server refused the value, and what is stored has got the lifetime. */
  REFUSED: -4,
  /** It was not done, as the reply has its {@link REPLY_BYTES_MAX} already; nor is what follows. */
  LATER: -5,
} as const;

/**
 * Of the values in one reply, which the last of them may exceed. Redis does nothing else while it makes a reply, and the
 * shard while it reads one; 256 MiB took both longer than a connection may be silent.
 */
export const REPLY_BYTES_MAX = 2 ** 20;

/**
 * What is done with the sessions under `KEYS`, in one call for many of them, as the client's work for a call
 * costs several times as much as the server's for an operation. `ARGV[1]` has one operation for each, packed:
 * the client's work for an argument is half of what is left. So are the results, in one string: each of its own
 * would be a `Buffer`, which costs more to make and to collect than all else that is done for a `get`.
 *
 * Values begin with the format version and a stamp that has the time at which they were made, so that a `set` that
 * was delayed on one server does not replace a later one of another. The same stamp, or an addition that is
 * there already, was stored when the reply to it was lost, and stays with what was added to it.
 * The result of an operation that fails is its error.
 */
export const SCRIPT = `
local HEAD = ${HEAD_BYTES}
local sub, unpack, pack = string.sub, struct.unpack, struct.pack
local call = redis.pcall
local NONE, DONE = pack('<i4', ${ResultHead.NONE}), pack('<i4', ${ResultHead.DONE})
local LATER = pack('<i4', ${ResultHead.LATER})

-- Above 0: the stored value is newer; 0: it is this value. Text is compared as the server's language does.
local function compareHeads(stored, head)
  if #stored < HEAD then return -1 end
  local storedVersion, storedHigh, storedLow = unpack('>BI4I4', stored)
  local version, high, low = unpack('>BI4I4', head)
  if storedVersion ~= version then return -1 end
  if storedHigh ~= high then return storedHigh - high end
  return storedLow - low
end

-- Redis before 6.2 has no GETEX. Its name in the error is not the same in all servers.
local function getOnceRefused(refusal, key, lifetime)
  if not string.find(refusal.err, 'Unknown .*command') then return refusal end
  local stored = call('GET', key)
  if type(stored) ~= 'string' then return stored end
  local result = call('PEXPIRE', key, lifetime)
  return type(result) == 'table' and result or stored
end

-- By the head of a value: nothing may follow an addition that was left out.
local refusals = {}

local operations = ARGV[1]

-- The error of the first value for which the server had no memory. Once the script has written, as TOUCH does, the
-- server takes whatever comes, so the values behind it are refused here.
local full

-- Two results: what SET gives, and whether it was the value that was refused.
local function set(key, lifetime, first, last)
  local stored = call('GETRANGE', key, 0, HEAD - 1)
  if type(stored) == 'table' then return stored end
  local value = sub(operations, first, last)
  local age = compareHeads(stored, value)
  if age > 0 then return 0 end
  if age == 0 then return call('PEXPIRE', key, lifetime) end
  if full then return full, true end
  local result = call('SET', key, value, 'PX', lifetime)
  if not result.err then return 1 end
  if string.find(result.err, 'OOM ', 1, true) then full = result end
  return result, true
end

-- All but a get. 'first' and 'second' are where the texts of the operation begin, 'last' is where it ends.
local change = {
  [${ScriptOp.SET}] = function(key, lifetime, first, second, last)
    return (set(key, lifetime, first, last))
  end,
  [${ScriptOp.SET_OR_TOUCH}] = function(key, lifetime, first, second, last)
    local result, isRefused = set(key, lifetime, first, last)
    -- PEXPIRE needs no memory.
    if not isRefused or type(call('PEXPIRE', key, lifetime)) == 'table' then return result end
    return { err = result.err, isTouched = true }
  end,
  [${ScriptOp.TOUCH}] = function(key, lifetime)
    return call('PEXPIRE', key, lifetime)
  end,
  [${ScriptOp.APPEND}] = function(key, lifetime, first, second, last)
    local head, addition = sub(operations, first, second - 1), sub(operations, second, last)
    if refusals[head] then return refusals[head] end
    local stored = call('GETRANGE', key, 0, HEAD - 1)
    if type(stored) == 'table' then return stored end
    if stored ~= head then return 0 end
    if call('GETRANGE', key, -#addition, -1) == addition then return 1 end
    local result = full or call('APPEND', key, addition)
    if type(result) ~= 'table' then return 1 end
    refusals[head] = result
    return result
  end,
  [${ScriptOp.DELETE}] = function(key)
    return call('DEL', key)
  end,
}

local results = {}
local valueBytes = 0
local at = 1
local lastLifetime, lifetimeText
for i = 1, math.max(#KEYS, #ARGV - 1) do
  local key = KEYS[i] or ARGV[i + 1]
  local op, lifetime, firstLength, secondLength, first = unpack('<BdI4I4', operations, at)
  local second = first + firstLength
  at = second + secondLength
  -- The server makes a text of a number, at more cost, each time.
  if lifetime ~= lastLifetime then
    lastLifetime, lifetimeText = lifetime, string.format('%.0f', lifetime)
  end
  local result
  if valueBytes >= ${REPLY_BYTES_MAX} then
    result = LATER
  elseif op == ${ScriptOp.GET} then
    result = call('GETEX', key, 'PX', lifetimeText)
    if type(result) == 'table' then result = getOnceRefused(result, key, lifetimeText) end
  else
    result = change[op](key, lifetimeText, first, second, at - 1)
  end
  if result == LATER then
    results[#results + 1] = LATER
  elseif type(result) == 'string' then
    valueBytes = valueBytes + #result
    results[#results + 1] = pack('<i4', #result)
    results[#results + 1] = result
  elseif type(result) == 'table' then
    local head = result.isTouched and ${ResultHead.REFUSED} or ${ResultHead.ERROR}
    results[#results + 1] = pack('<i4i4', head, #result.err)
    results[#results + 1] = result.err
  else
    results[#results + 1] = result == 1 and DONE or NONE
  end
end
return table.concat(results)
`;

/**
 * The same for keys of many slots of one node, which are not in `KEYS` but follow the operations: the server finds
 * out about each when the script comes to it, and the result of one that is elsewhere is an error. From Redis 7.
 */
export const SCRIPT_OF_NODE = `#!lua flags=allow-cross-slot-keys${SCRIPT}`;
