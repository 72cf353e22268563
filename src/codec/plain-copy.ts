import { types } from 'node:util';

/**
 * Copies values for msgpackr, if it gives them back exactly as `structuredClone` would. It loses -0,
 * lone surrogates, a byte order mark in front, the key `__proto__`, holes and extra properties of
 * arrays, shared references, Maps, and dates before 1970 or after 2106, all in silence.
 *
 * It gets copies, in which everything is new, because it would read each property once more: what a
 * getter says may have changed by then, and an own `constructor` or `toJSON` would mislead it.
 */

/** Stands for a value that has no plain copy. */
const NOT_PLAIN = Symbol('not plain');

const DEPTH_MAX = 64;
// Above this many objects, looking for one that was met before costs more than the copies do.
const OBJECTS_MAX = 256;
// The first 2^32 seconds.
const DATE_MS_END = 0x1_0000_0000 * 1000;
const BYTE_ORDER_MARK = 0xfeff;

/** `undefined` if one of `values` is not plain, or there is too much in them to find out. */
export function plainCopy(values: readonly unknown[]): unknown[] | undefined {
  const copy = copyElements(values, [], 0);
  return copy === NOT_PLAIN ? undefined : copy;
}

/** `met` holds the objects so far: meeting one again is a shared reference or a cycle. */
function copyValue(value: unknown, met: object[], depth: number): unknown {
  switch (typeof value) {
    case 'string':
      return isPlainString(value) ? value : NOT_PLAIN;
    case 'number':
      return Object.is(value, -0) ? NOT_PLAIN : value;
    case 'boolean':
    case 'undefined':
      return value;
    case 'object':
      return value === null ? null : copyObject(value, met, depth);
    default:
      return NOT_PLAIN;
  }
}

function isPlainString(text: string): boolean {
  return text.charCodeAt(0) !== BYTE_ORDER_MARK && text.isWellFormed();
}

function copyObject(object: object, met: object[], depth: number): unknown {
  if (depth === DEPTH_MAX || met.length === OBJECTS_MAX || met.includes(object)) return NOT_PLAIN;
  met.push(object);
  if (types.isProxy(object)) return NOT_PLAIN;
  // An object may have the prototype of what it is not, as `Object.create(Date.prototype)` does.
  switch (Object.getPrototypeOf(object)) {
    case Object.prototype:
      return copyRecord(object, met, depth + 1);
    case Array.prototype:
      return Array.isArray(object) ? copyArray(object, met, depth + 1) : NOT_PLAIN;
    case Set.prototype:
      return types.isSet(object) ? copySet(object, met, depth + 1) : NOT_PLAIN;
    case Date.prototype:
      return types.isDate(object) ? copyDate(object) : NOT_PLAIN;
    case Uint8Array.prototype:
      return types.isUint8Array(object) ? copyBytes(object) : NOT_PLAIN;
    default:
      return NOT_PLAIN;
  }
}

function copyRecord(record: object, met: object[], depth: number): unknown {
  // Not so for `arguments`, or for an Error with the prototype of a plain object.
  if (Object.prototype.toString.call(record) !== '[object Object]') return NOT_PLAIN;
  const copy: Record<string, unknown> = { ...record };
  // By this msgpackr tells what an object is.
  if (copy.constructor !== Object) return NOT_PLAIN;
  for (const key of Object.keys(copy)) {
    if (key === '__proto__' || !isPlainString(key)) return NOT_PLAIN;
    const value = copyValue(copy[key], met, depth);
    if (value === NOT_PLAIN) return NOT_PLAIN;
    copy[key] = value;
  }
  return copy;
}

function copyArray(array: readonly unknown[], met: object[], depth: number): unknown {
  // Cheaper than the keys. Other properties than the elements are among them.
  const values = Object.values(array);
  if (values.length !== array.length) return NOT_PLAIN;
  for (let i = 0; i < array.length; i++) {
    // As many holes as other properties.
    if (array[i] === undefined && !Object.hasOwn(array, i)) return NOT_PLAIN;
  }
  return copyElements(values, met, depth);
}

function copyElements(
  elements: readonly unknown[],
  met: object[],
  depth: number,
): unknown[] | typeof NOT_PLAIN {
  const copy: unknown[] = [];
  for (const element of elements) {
    const value = copyValue(element, met, depth);
    if (value === NOT_PLAIN) return NOT_PLAIN;
    copy.push(value);
  }
  return copy;
}

function copySet(set: ReadonlySet<unknown>, met: object[], depth: number): unknown {
  const copy = copyElements([...set], met, depth);
  return copy === NOT_PLAIN ? NOT_PLAIN : new Set(copy);
}

function copyDate(date: Date): unknown {
  const unixMs = Date.prototype.getTime.call(date);
  return unixMs >= 0 && unixMs < DATE_MS_END ? new Date(unixMs) : NOT_PLAIN;
}

function copyBytes({ buffer, byteOffset, byteLength }: Uint8Array): unknown {
  // No bytes: the memory may be detached, which `structuredClone` refuses.
  return byteLength === 0 ? NOT_PLAIN : new Uint8Array(buffer, byteOffset, byteLength);
}
