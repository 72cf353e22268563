import { types } from 'node:util';
import { describe, messageOf } from '../errors.js';
import { serializeClone } from './clone-codec.js';

const DEPTH_MAX = 16;
const REASON_CHARACTERS_MAX = 200;
const NAME_CHARACTERS_MAX = 64;

export type NamedPart = readonly [name: string, part: unknown];

/**
 * Where among `parts` the value sits that could not be encoded, and why; only why if none of them is
 * refused by itself. Slow: for errors only. Never throws, whatever the values do when they are read.
 */
export function explainRefusal(parts: Iterable<NamedPart>, refusal: unknown): string {
  try {
    for (const [name, part] of parts) {
      const reason = refusalOf(part);
      if (reason !== undefined) return `${name}${pathInto(part, new Set())}: ${reason}`;
    }
  } catch {
    // Not even its parts could be listed.
  }
  return reasonOf(refusal);
}

function refusalOf(value: unknown): string | undefined {
  try {
    serializeClone(value);
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

/** The message of anything that was thrown, also of an Error whose message is a symbol. */
export function reasonOf(thrown: unknown): string {
  try {
    return String(messageOf(thrown)).slice(0, REASON_CHARACTERS_MAX);
  } catch {
    return 'it threw what cannot be read';
  }
}

/** Follows the refused value inwards for as long as one of its own parts is refused alone. */
function pathInto(value: unknown, met: Set<unknown>): string {
  if (typeof value !== 'object' || value === null || met.size === DEPTH_MAX) return '';
  met.add(value);
  try {
    for (const [name, part] of partsOf(value)) {
      if (!met.has(part) && refusalOf(part) !== undefined) return name + pathInto(part, met);
    }
  } catch {
    // A proxy need not let its parts be listed.
  }
  return '';
}

function* partsOf(object: object): Iterable<NamedPart> {
  if (types.isMap(object)) {
    for (const [key, part] of object) {
      yield [`[key ${describe(key)}]`, key];
      yield [nameOf(key), part];
    }
  } else if (types.isSet(object)) {
    for (const part of object) yield ['[element]', part];
  } else if (types.isNativeError(object)) {
    yield ['.cause', read(object, 'cause')];
  } else {
    for (const key of Object.keys(object)) yield [nameOf(key), read(object, key)];
  }
}

function nameOf(key: unknown): string {
  return typeof key === 'string' && key.length <= NAME_CHARACTERS_MAX
    ? `.${key}`
    : `[${describe(key)}]`;
}

/** A function, which is refused, in place of what a getter throws. */
function read(object: object, key: string): unknown {
  try {
    return (object as Record<string, unknown>)[key];
  } catch (error) {
    return () => error;
  }
}
