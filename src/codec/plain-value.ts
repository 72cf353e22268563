/**
 * Which values msgpackr gives back exactly as `structuredClone` would. It turns functions into
 * undefined, and loses -0, lone surrogates, the key `__proto__`, holes and extra properties of
 * arrays, shared references and the class of typed arrays' buffers, all in silence.
 */

const DEPTH_MAX = 64;
// Above this many objects the search below costs more than the exact encoding does.
const OBJECTS_MAX = 64;
// Outside the first 2^32 seconds msgpackr rounds dates.
const DATE_MS_END = 0x1_0000_0000 * 1000;

// The objects of the walk that is under way: meeting one again is a shared reference or a cycle.
const met: object[] = [];

/** False may also mean: too large to find out. Calls the getters of `value` like a clone would. */
export function isPlain(value: unknown): boolean {
  try {
    return isPlainValue(value, 0);
  } finally {
    met.length = 0;
  }
}

function isPlainValue(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed();
    case 'number':
      return !Object.is(value, -0);
    case 'boolean':
    case 'undefined':
      return true;
    case 'object':
      return value === null || isPlainObject(value, depth);
    default:
      return false;
  }
}

function isPlainObject(object: object, depth: number): boolean {
  if (depth === DEPTH_MAX || met.length === OBJECTS_MAX || met.includes(object)) return false;
  met.push(object);
  const prototype = Object.getPrototypeOf(object);
  // msgpackr goes by the constructor, which an own property of that name can fake.
  if (prototype === null || prototype.constructor !== object.constructor) return false;
  switch (prototype) {
    case Object.prototype:
      return isPlainRecord(object as Record<string, unknown>, depth + 1);
    case Array.prototype:
      return isPlainArray(object as unknown[], depth + 1);
    case Map.prototype:
      return isPlainMap(object as Map<unknown, unknown>, depth + 1);
    case Set.prototype:
      return isPlainSet(object as Set<unknown>, depth + 1);
    case Date.prototype:
      return isPlainDate(object as Date);
    case Uint8Array.prototype:
      return true;
    default:
      return false;
  }
}

function isPlainRecord(record: Record<string, unknown>, depth: number): boolean {
  for (const key in record) {
    if (key === '__proto__' || !key.isWellFormed()) return false;
    if (!isPlainValue(record[key], depth)) return false;
  }
  return true;
}

function isPlainArray(array: unknown[], depth: number): boolean {
  if (array.length > 0 && Object.keys(array).length !== array.length) return false;
  for (let i = 0; i < array.length; i++) {
    const element = array[i];
    if (element === undefined && !Object.hasOwn(array, i)) return false;
    if (!isPlainValue(element, depth)) return false;
  }
  return true;
}

function isPlainMap(map: Map<unknown, unknown>, depth: number): boolean {
  for (const [key, element] of map) {
    if (!isPlainValue(key, depth) || !isPlainValue(element, depth)) return false;
  }
  return true;
}

function isPlainSet(set: Set<unknown>, depth: number): boolean {
  for (const element of set) {
    if (!isPlainValue(element, depth)) return false;
  }
  return true;
}

function isPlainDate(date: Date): boolean {
  const unixMs = date.getTime();
  return unixMs >= 0 && unixMs < DATE_MS_END;
}
