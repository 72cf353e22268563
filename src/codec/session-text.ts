import { describeType } from '../errors.js';
import type { JstpSession, JstpSessionClass } from '../jstp-session.js';

/**
 * The session that the host's `Session.toString` gave as `text`: JSON of its fields, with the entries of its buffer
 * as `buffer` and those of its state as `storage`.
 *
 * The host's own `fromString` makes a Map of every value with one of these two keys, at any depth: it throws for
 * most of them. Here only those of the session itself are Maps, and what the application keeps is as the JSON says.
 * Throws for a text that is none of the host.
 */
export function sessionOfText(
  Session: JstpSessionClass,
  storedId: string,
  text: string,
): JstpSession {
  const fields = fieldsIn(text);
  const buffer = entriesIn(fields, 'buffer');
  const storage = entriesIn(fields, 'storage');
  const { id } = fields;
  const session = new Session(null, null, typeof id === 'string' && id !== '' ? id : storedId);
  for (const name of PLAIN_FIELDS) if (Object.hasOwn(fields, name)) session[name] = fields[name];
  for (const [messageId, message] of buffer) session.buffer.set(messageId, message);
  for (const [key, value] of storage) session.set(key, value);
  return session;
}

/** Those that JSON leaves out, because they are undefined, are as the class makes them. */
const PLAIN_FIELDS = [
  'username',
  'guaranteedDeliveredCount',
  'receivedCount',
  'latestBufferedMessageId',
] as const;

type Fields = Record<string, unknown>;

/** The error does not quote the text, in which the id stands. */
function fieldsIn(text: string): Fields {
  const fields = parsed(text);
  if (typeof fields === 'object' && fields !== null && !Array.isArray(fields)) {
    return fields as Fields;
  }
  throw new TypeError(`expected JSON of an object, got ${describeType(fields)}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SyntaxError(`expected JSON, got ${describeType(text)} that is none`);
  }
}

function entriesIn(fields: Fields, name: string): [unknown, unknown][] {
  const entries: unknown = fields[name];
  if (Array.isArray(entries) && entries.every(isEntry)) return entries;
  throw new TypeError(`expected a list of pairs as ${name}, got ${describeType(entries)}`);
}

function isEntry(entry: unknown): entry is [unknown, unknown] {
  return Array.isArray(entry) && entry.length === 2;
}
