import { HEAD_BYTES } from '../../session-stamp.js';
import { TOMBSTONE_BYTES, TOMBSTONE_MS } from './tombstone.js';

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
  /** tombstone -> 1 if there was one */
  DELETE: 5,
  /** value -> like SET; if the server refuses the value, what is stored lives for the lifetime all the same */
  SET_OR_TOUCH: 6,
  /** head of a value: it lives for the lifetime if it is still that value */
  RENEW: 7,
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
  /** The length of the reason and this follow, then the result of a get that could not give the value more life. */
  UNRENEWED: -6,
} as const;

/**
 * Of the values in one reply, and of the reasons why leases were not renewed; the last may exceed it. Redis does nothing else while it makes a reply, and the
 * shard while it reads one; 256 MiB took both longer than a connection may be silent.
 */
export const REPLY_BYTES_MAX = 2 ** 20;

/** A stamp so far ahead of the server's clock is of a clock that is wrong. */
export const WRONG_CLOCK_MS = 10_000;

/** Lua functions about heads of values and about tombstones. */
const VALUES = `
local HEAD, TOMBSTONE = ${HEAD_BYTES}, ${TOMBSTONE_BYTES}
local sub, find, unpack, pack = string.sub, string.find, struct.unpack, struct.pack
local call = redis.pcall

-- Above 0: the stored value is newer; 0: it has the same stamp. Text is compared as the server's language does.
local function compareHeads(stored, head)
  if #stored < HEAD then return -1 end
  local storedVersion, storedHigh, storedLow = unpack('>BI4I4', stored)
  local version, high, low = unpack('>BI4I4', head)
  if storedVersion ~= version then return -1 end
  if storedHigh ~= high then return storedHigh - high end
  -- The rest of the time, the writer and the count.
  local apart = math.floor(storedLow / 65536) - math.floor(low / 65536)
  if apart ~= 0 then return apart end
  -- Of two writers in one millisecond only the order in which they come can tell.
  if math.floor(storedLow / 256) ~= math.floor(low / 256) then return -1 end
  return storedLow - low
end

local function timeOf(head)
  local version, high, low = unpack('>BI4I2', head)
  return high * 65536 + low
end

-- False if the user may not ask for it.
local function serverTime()
  local time = call('TIME')
  return time[1] and time[1] * 1000 + math.floor(time[2] / 1000)
end

-- The stored stamp is of a clock that was ahead, and the other one is of a value that was made just now.
local function isOfWrongClock(stored, head)
  local now = serverTime()
  if not now then return false end
  return timeOf(stored) > now + ${WRONG_CLOCK_MS} and math.abs(timeOf(head) - now) <= ${WRONG_CLOCK_MS}
end

-- Of a value, or of what it begins with.
local function isTombstone(text)
  return sub(text, HEAD + 1, TOMBSTONE) == '\\0\\0\\0\\0'
end

-- A get has given it the lifetime of a session.
local function shortenTombstone(key, tombstone)
  local now = serverTime()
  local left = now and timeOf(tombstone) + ${TOMBSTONE_MS} - now or ${TOMBSTONE_MS}
  call('PEXPIRE', key, string.format('%.0f', math.max(1, math.min(left, ${TOMBSTONE_MS}))))
end
`;

/** Lua functions for servers that refuse what the script does. */
const REFUSALS = `
-- The server can be read and takes no writes: its disk is full, or it has too few replicas.
local function isOfAllWrites(refusal)
  return find(refusal.err, 'MISCONF ', 1, true) or find(refusal.err, 'NOREPLICAS ', 1, true)
end

local function isOutOfMemory(refusal)
  return find(refusal.err, 'OOM ', 1, true)
end

-- What a get gives if GETEX is refused, and the reason if the value could not be given more life. Redis before 6.2
-- has no GETEX, and its name in the error is not the same in all servers.
local function getPlainly(refusal, key, lifetime)
  local isUnknown = find(refusal.err, 'Unknown .*command')
  if not isUnknown and not isOfAllWrites(refusal) then return refusal end
  local stored = call('GET', key)
  if type(stored) == 'table' then return stored end
  if not isUnknown then return stored, refusal end
  if not stored then return stored end
  local result = call('PEXPIRE', key, lifetime)
  if type(result) ~= 'table' then return stored end
  if isOfAllWrites(result) then return stored, result end
  return result
end
`;

/** Lua functions of the operations. */
const OPERATIONS = `
-- By the head of a value: nothing may follow an addition that was left out.
local refusals = {}

local operations = ARGV[1]

-- The error of the first value for which the server had no memory. Once the script has written, as TOUCH does, the
-- server takes whatever comes, so the values behind it are refused here.
local full

-- What a get gives that is no session: GETEX was refused, or found nothing or a tombstone.
local function getOther(result, key, lifetime)
  local refusal
  if type(result) == 'table' then result, refusal = getPlainly(result, key, lifetime) end
  if type(result) ~= 'string' or not isTombstone(result) then return result, refusal end
  if not refusal then shortenTombstone(key, result) end
  return false, refusal
end

-- Two results: what SET gives, and whether it was the value that was refused.
local function set(key, lifetime, first, last)
  local stored = call('GETRANGE', key, 0, HEAD - 1)
  if type(stored) == 'table' then return stored end
  local value = sub(operations, first, last)
  local age = compareHeads(stored, value)
  if age > 0 and not isOfWrongClock(stored, value) then return 0 end
  -- It was stored when the reply to it was lost; two providers may have made the same stamp by chance.
  if age == 0 and call('GETRANGE', key, 0, #value - 1) == value then return call('PEXPIRE', key, lifetime) end
  if full then return full, true end
  local result = call('SET', key, value, 'PX', lifetime)
  if not result.err then return 1 end
  if isOutOfMemory(result) then full = result end
  return result, true
end

local function touch(key, lifetime)
  if call('STRLEN', key) == TOMBSTONE then return 0 end
  return call('PEXPIRE', key, lifetime)
end

-- All but a get. 'first' and 'second' are where the texts of the operation begin, 'last' is where it ends.
local change = {
  [${ScriptOp.SET}] = function(key, lifetime, first, second, last)
    return (set(key, lifetime, first, last))
  end,
  [${ScriptOp.SET_OR_TOUCH}] = function(key, lifetime, first, second, last)
    local result, isRefused = set(key, lifetime, first, last)
    if not isRefused or isOfAllWrites(result) then return result end
    -- PEXPIRE needs no memory.
    if type(touch(key, lifetime)) == 'table' then return result end
    return { err = result.err, isTouched = true }
  end,
  [${ScriptOp.TOUCH}] = touch,
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
  [${ScriptOp.DELETE}] = function(key, lifetime, first, second, last)
    local stored = call('GETRANGE', key, 0, TOMBSTONE - 1)
    if type(stored) == 'table' then return call('DEL', key) end
    local tombstone = sub(operations, first, last)
    if compareHeads(stored, tombstone) > 0 then
      -- Its clock was ahead.
      tombstone = sub(stored, 1, HEAD - 2) .. sub(tombstone, HEAD - 1)
    end
    local wasSession = #stored > 0 and not isTombstone(stored)
    local result = full or call('SET', key, tombstone, 'PX', ${TOMBSTONE_MS})
    if result.err and isOutOfMemory(result) then return wasSession and call('DEL', key) or 0 end
    if result.err then return result end
    return wasSession and 1 or 0
  end,
  [${ScriptOp.RENEW}] = function(key, lifetime, first, second, last)
    local stored = call('GETRANGE', key, 0, HEAD - 1)
    if type(stored) == 'table' then return stored end
    if stored ~= sub(operations, first, last) then return 0 end
    return call('PEXPIRE', key, lifetime)
  end,
}
`;

/** Applies all operations, and packs the results. */
const MAIN = `
local NONE, DONE = pack('<i4', ${ResultHead.NONE}), pack('<i4', ${ResultHead.DONE})
local LATER, LATER_HEAD = {}, pack('<i4', ${ResultHead.LATER})

local results = {}
local valueBytes = 0
local function add(head, text)
  results[#results + 1] = head
  results[#results + 1] = text
end

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
  local result, refusal
  if valueBytes >= ${REPLY_BYTES_MAX} then
    result = LATER
  elseif op == ${ScriptOp.GET} then
    result = call('GETEX', key, 'PX', lifetimeText)
    if type(result) ~= 'string' or #result == TOMBSTONE then
      result, refusal = getOther(result, key, lifetimeText)
    end
    if refusal then
      valueBytes = valueBytes + #refusal.err
      add(pack('<i4i4', ${ResultHead.UNRENEWED}, #refusal.err), refusal.err)
    end
  else
    result = change[op](key, lifetimeText, first, second, at - 1)
  end
  if type(result) == 'string' then
    valueBytes = valueBytes + #result
    results[#results + 1] = pack('<i4', #result)
    results[#results + 1] = result
  elseif result == LATER then
    results[#results + 1] = LATER_HEAD
  elseif type(result) == 'table' then
    add(pack('<i4i4', result.isTouched and ${ResultHead.REFUSED} or ${ResultHead.ERROR}, #result.err), result.err)
  else
    results[#results + 1] = result == 1 and DONE or NONE
  end
end
return table.concat(results)
`;

/**
 * What is done with the sessions under `KEYS`, in one call for many of them, as the client's work for a call
 * costs several times as much as the server's for an operation. `ARGV[1]` has one operation for each, packed:
 * the client's work for an argument is half of what is left. So are the results, in one string: each of its own
 * would be a `Buffer`, which costs more to make and to collect than all else that is done for a `get`.
 *
 * Values begin with the format version and a stamp that has the time at which they were made, so that a `set` that
 * was delayed on one server does not replace a later one of another. The same value, or an addition that is
 * there already, was stored when the reply to it was lost, and stays with what was added to it.
 * The result of an operation that fails is its error.
 */
export const SCRIPT = `${VALUES}${REFUSALS}${OPERATIONS}${MAIN}`;

/**
 * The same for keys of many slots of one node, which are not in `KEYS` but follow the operations: the server finds
 * out about each when the script comes to it, and the result of one that is elsewhere is an error. From Redis 7.
 */
export const SCRIPT_OF_NODE = `#!lua flags=allow-cross-slot-keys${SCRIPT}`;

/** How many of the keys in `ARGV`, which are of one node, have sessions. */
export const COUNT_SCRIPT = `
local count = 0
for i = 1, #ARGV do
  if redis.pcall('STRLEN', ARGV[i]) ~= ${TOMBSTONE_BYTES} then count = count + 1 end
end
return count
`;
