import { describe, messageOf } from '../errors.js';
import type { JstpSession } from '../jstp-session.js';
import { serializeClone } from './clone-codec.js';

const DEPTH_MAX = 16;

/** Where in `session` the value sits that could not be encoded, and why. Slow: for errors only. */
export function explainRefusal(session: JstpSession, refusal: unknown): string {
  const part = findRefusedEntry(session) ?? findRefusedField(session);
  return part ?? messageOf(refusal);
}

function findRefusedEntry(session: JstpSession): string | undefined {
  for (const [key, value] of session) {
    if (refusalOf(key) !== undefined) return `key ${describe(key)}: ${refusalOf(key)}`;
    const reason = refusalOf(value);
    if (reason !== undefined) return `key ${pathTo(value, describe(key), 0)}: ${reason}`;
  }
  return undefined;
}

function findRefusedField(session: JstpSession): string | undefined {
  const fields = [
    'username',
    'guaranteedDeliveredCount',
    'receivedCount',
    'latestBufferedMessageId',
    'buffer',
  ] as const;
  for (const field of fields) {
    const value = field === 'buffer' ? [...session.buffer] : session[field];
    const reason = refusalOf(value);
    if (reason !== undefined) return `field ${pathTo(value, field, 0)}: ${reason}`;
  }
  return undefined;
}

function refusalOf(value: unknown): string | undefined {
  try {
    serializeClone(value);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** Follows the refused value inwards for as long as one of its own parts is refused alone. */
function pathTo(value: unknown, path: string, depth: number): string {
  if (typeof value !== 'object' || value === null || depth === DEPTH_MAX) return path;
  for (const [key, part] of partsOf(value)) {
    if (refusalOf(part) !== undefined) return pathTo(part, `${path}.${key}`, depth + 1);
  }
  return path;
}

function partsOf(object: object): Iterable<[string, unknown]> {
  if (object instanceof Map) {
    return [...object].map(([key, part]) => [typeof key === 'string' ? key : describe(key), part]);
  }
  if (object instanceof Set) return [...object].map((part, i) => [String(i), part]);
  // A getter may throw here as it did before; the path then ends at its owner.
  const keys = Object.keys(object);
  return keys.flatMap((key): [string, unknown][] => {
    try {
      return [[key, (object as Record<string, unknown>)[key]]];
    } catch {
      return [];
    }
  });
}
