import { types } from 'node:util';
import { defineOwn, ownTagOf } from './object-parts.js';
import type { StoredTemporal } from './temporal.js';

/** What is to be cloned in place of a value. */
export interface CloneSource {
  readonly value: unknown;
  /** The views that stand in `value` for Temporal objects, which `structuredClone` refuses, and for which. */
  readonly standIns: ReadonlyMap<object, StoredTemporal>;
}

/** All objects in a value, and in the same order the parts of each. */
export interface ObjectGraph {
  readonly objects: object[];
  readonly parts: (readonly unknown[])[];
}

/**
 * A copy of `value` that has an empty view in place of each Temporal object. Copied are the objects from which one
 * of them can be reached, and only these: anything else is left to `structuredClone` as it is. All references
 * to one object lead to its one copy.
 */
export function copyAround(
  value: unknown,
  temporals: ReadonlyMap<object, StoredTemporal>,
  graph: ObjectGraph,
): CloneSource {
  const copies = new Map<unknown, object>();
  const standIns = new Map<object, StoredTemporal>();
  for (const [object, temporal] of temporals) {
    const standIn = new Uint8Array(0);
    standIns.set(standIn, temporal);
    copies.set(object, standIn);
  }
  const shells = addShells(copies, [...temporals.keys()], ownersIn(graph));
  for (const [i, original] of graph.objects.entries()) {
    const shell = shells.get(original);
    const parts = graph.parts[i];
    if (shell === undefined || parts === undefined) continue;
    fill(
      shell,
      original,
      parts.map((part) => copies.get(part) ?? part),
    );
  }
  return { value: copies.get(value) ?? value, standIns };
}

/** Adds to `copies` an empty copy for each object that leads to one of `reached`; gives them by their originals. */
function addShells(
  copies: Map<unknown, object>,
  reached: readonly object[],
  owners: ReadonlyMap<unknown, readonly object[]>,
): Map<object, object> {
  const shells = new Map<object, object>();
  const addOwners = (part: object) => {
    for (const owner of owners.get(part) ?? []) {
      if (copies.has(owner) || !isCopyable(owner)) continue;
      const shell = emptyCopyOf(owner);
      copies.set(owner, shell);
      shells.set(owner, shell);
    }
  };
  for (const object of reached) addOwners(object);
  // The map grows meanwhile.
  for (const object of shells.keys()) addOwners(object);
  return shells;
}

function ownersIn({ objects, parts }: ObjectGraph): Map<unknown, object[]> {
  const owners = new Map<unknown, object[]>();
  for (const [i, owner] of objects.entries()) {
    for (const part of parts[i] ?? []) {
      if (typeof part !== 'object' || part === null) continue;
      const known = owners.get(part);
      if (known === undefined) owners.set(part, [owner]);
      else known.push(owner);
    }
  }
  return owners;
}

/**
 * False for what `structuredClone` refuses or clones in a way of its own, such as a Promise or a Blob: it is
 * left as it is, and so refused. A class that users write is copied as a plain object, as
 * `structuredClone` does.
 */
function isCopyable(object: object): boolean {
  if (types.isArgumentsObject(object) || types.isModuleNamespaceObject(object)) return false;
  if (hasCloneOfItsOwn(object)) return true;
  let prototype: object | null = Object.getPrototypeOf(object);
  while (prototype !== null && !types.isProxy(prototype)) {
    if (ownTagOf(prototype) !== undefined) return false;
    prototype = Object.getPrototypeOf(prototype);
  }
  return true;
}

function hasCloneOfItsOwn(object: object): boolean {
  return (
    Array.isArray(object) ||
    types.isMap(object) ||
    types.isSet(object) ||
    types.isNativeError(object)
  );
}

function emptyCopyOf(object: object): object {
  if (Array.isArray(object)) return new Array(object.length);
  if (types.isMap(object)) return new Map();
  if (types.isSet(object)) return new Set();
  return types.isNativeError(object) ? copyOfError(object) : {};
}

/** With what `structuredClone` reads of an error, but for its cause. */
function copyOfError(error: Error): Error {
  const copy = new Error();
  const message = Object.getOwnPropertyDescriptor(error, 'message');
  if (message === undefined) Reflect.deleteProperty(copy, 'message');
  else Object.defineProperty(copy, 'message', message);
  defineOwn(copy, 'name', error.name);
  defineOwn(copy, 'stack', error.stack);
  return copy;
}

function fill(copy: object, original: object, parts: readonly unknown[]): void {
  if (types.isMap(copy)) {
    for (let i = 0; i < parts.length; i += 2) copy.set(parts[i], parts[i + 1]);
  } else if (types.isSet(copy)) {
    for (const part of parts) copy.add(part);
  } else if (types.isNativeError(copy)) {
    defineOwn(copy, 'cause', parts[0]);
  } else {
    const keys = Object.keys(original);
    if (keys.length !== parts.length) throw new TypeError('expected an object that stays the same');
    for (const [i, key] of keys.entries()) defineOwn(copy, key, parts[i]);
  }
}
