import { types } from 'node:util';
import { type CloneSource, copyAround, type ObjectGraph } from './copy-around.js';
import { CLONED_HOLES_MAX, clonedHolesOf } from './element-room.js';
import { ownTagOf, partsOf } from './object-parts.js';
import { hasTemporal, type StoredTemporal, storedTemporalOfTag } from './temporal.js';

/**
 * Classes of Node.js that must not get to `structuredClone`. Node.js 20 makes `{}` of all but the last,
 * without a word; later lines refuse them, or clone them inside one process. A MessagePort belongs to one thread.
 */
const REFUSED = new Set<unknown>([
  ...['DOMException', 'Headers', 'FormData', 'Request', 'Response', 'URL', 'URLSearchParams'],
  ...['MessageEvent', 'MessagePort'],
]);

/** Objects with one of these prototypes are of no class that is looked for. */
const COMMON_PROTOTYPES = new Set<unknown>(
  [Object, Array, Map, Set, Date, RegExp, Error, Uint8Array, Buffer].map(
    (Class) => Class.prototype,
  ),
);

const NO_STAND_INS: ReadonlyMap<object, StoredTemporal> = new Map();
const NONE: readonly unknown[] = [];

/**
 * Looks at each object in `value` before it is cloned. Throws a TypeError for one that must not be. If there are
 * Temporal objects, the source has stand-ins for them, and copies of the objects around them.
 */
export function cloneSourceOf(value: unknown): CloneSource {
  const graph: ObjectGraph = { objects: [], parts: [] };
  const met = new Set<object>();
  const temporals = new Map<object, StoredTemporal>();
  let holes = 0;
  addObjects([value], graph.objects, met);
  // The list grows meanwhile. Not recursive: there may be more levels than the stack takes.
  for (const object of graph.objects) {
    const temporal = inspect(object);
    const parts = temporal === undefined ? partsOf(object) : NONE;
    if (temporal !== undefined) temporals.set(object, temporal);
    graph.parts.push(parts);
    holes += clonedHolesOf(object, parts);
    if (holes > CLONED_HOLES_MAX) {
      throw new TypeError(
        `more than ${CLONED_HOLES_MAX} holes between elements could not be stored`,
      );
    }
    addObjects(parts, graph.objects, met);
  }
  if (temporals.size === 0) return { value, standIns: NO_STAND_INS };
  return copyAround(value, temporals, graph);
}

function addObjects(parts: readonly unknown[], objects: object[], met: Set<object>): void {
  for (const part of parts) {
    if (typeof part !== 'object' || part === null) continue;
    if (met.size < met.add(part).size) objects.push(part);
  }
}

/** Of classes that were looked at before, such as those of users: their objects are not looked at again. */
const passedPrototypes = new WeakSet<object>();

/** Throws for an object that must not be cloned; gives the stored form of a Temporal object. */
function inspect(object: object): StoredTemporal | undefined {
  if (types.isProxy(object)) return undefined;
  const first: object | null = Object.getPrototypeOf(object);
  if (first === null || COMMON_PROTOTYPES.has(first) || passedPrototypes.has(first))
    return undefined;
  let prototype: object | null = first;
  let hasTag = false;
  while (prototype !== null && !COMMON_PROTOTYPES.has(prototype) && !types.isProxy(prototype)) {
    assertNotRefused(prototype);
    const tag = hasTemporal ? ownTagOf(prototype) : undefined;
    const temporal = tag === undefined ? undefined : storedTemporalOfTag(object, tag);
    if (temporal !== undefined) return temporal;
    hasTag ||= tag !== undefined;
    prototype = Object.getPrototypeOf(prototype);
  }
  if (!hasTag) passedPrototypes.add(first);
  return undefined;
}

function assertNotRefused(prototype: object): void {
  const Class = ownValue(prototype, 'constructor');
  if (typeof Class !== 'function') return;
  const name = ownValue(Class, 'name');
  // In this order: Node.js loads some globals when they are read.
  if (!REFUSED.has(name) || Reflect.get(globalThis, String(name)) !== Class) return;
  throw new TypeError(`${name} could not be stored`);
}

/** Of an own property that is no getter: nothing of users is called. */
function ownValue(object: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(object, key)?.value;
}
