import { describe, describeType } from '../errors.js';
import type { JstpSession, JstpSessionClass } from '../jstp-session.js';
import type { NamedPart } from './refusal.js';
import type { ValueSource } from './value-source.js';

/**
 * A Session as one flat list of values:
 *
 *   username, guaranteedDeliveredCount, receivedCount, latestBufferedMessageId,
 *   its own id, or null if that is the one it is stored under,
 *   the number of its buffered messages, and for each of them id, message,
 *   for each entry of its state key, value.
 */
export function valuesOfSession(id: string, session: JstpSession): unknown[] {
  const values: unknown[] = [
    session.username,
    session.guaranteedDeliveredCount,
    session.receivedCount,
    session.latestBufferedMessageId,
    session.id === id ? null : session.id,
    0,
  ];
  session.buffer.forEach(appendEntry, values);
  values[FIELDS - 1] = (values.length - FIELDS) / 2;
  session.forEach(appendEntry, values);
  return values;
}

const FIELDS = 6;

/** For `forEach`, which makes nothing for each entry, unlike `for` ... `of`. */
function appendEntry(this: unknown[], value: unknown, key: unknown): void {
  this.push(key, value);
}

/** Throws for values that {@link valuesOfSession} cannot have made. */
export function sessionOfValues(
  Session: JstpSessionClass,
  id: string,
  values: ValueSource,
): JstpSession {
  const count = values.left;
  const username = values.next();
  const guaranteedDeliveredCount = values.next();
  const receivedCount = values.next();
  const latestBufferedMessageId = values.next();
  const ownId = values.next() ?? id;
  const messages = wholeNumber(values.next());
  if (2 * messages > values.left || values.left % 2 !== 0) {
    throw new RangeError(`expected a session with ${messages} messages in ${count} values`);
  }
  const session = new Session(null, null, ownId as string);
  session.username = username;
  session.guaranteedDeliveredCount = guaranteedDeliveredCount;
  session.receivedCount = receivedCount;
  session.latestBufferedMessageId = latestBufferedMessageId;
  for (let i = 0; i < messages; i++) session.buffer.set(values.next(), values.next());
  while (values.left > 0) session.set(values.next(), values.next());
  return session;
}

function wholeNumber(value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value;
  const got = typeof value === 'string' ? describeType(value) : describe(value);
  throw new TypeError(`expected a number of messages, got ${got}`);
}

/** The messages of one event-loop turn: `latestBufferedMessageId` after it, then id, message ... */
export type LateMessages = [latestBufferedMessageId: unknown, ...messages: unknown[]];

/** Throws for values that are no {@link LateMessages}. */
export function addLateMessages(session: JstpSession, late: ValueSource): void {
  if (late.left % 2 === 0) {
    throw new RangeError(`expected an id for each late message, got ${late.left} values`);
  }
  session.latestBufferedMessageId = late.next();
  while (late.left > 0) session.buffer.set(late.next(), late.next());
}

/** The same values, with names for people. */
export function* partsOfSession(session: JstpSession): Iterable<NamedPart> {
  for (const [key, value] of session) {
    yield [`key ${describe(key)}`, key];
    yield [`key ${describe(key)}`, value];
  }
  yield ['field username', session.username];
  yield ['field guaranteedDeliveredCount', session.guaranteedDeliveredCount];
  yield ['field receivedCount', session.receivedCount];
  yield ['field latestBufferedMessageId', session.latestBufferedMessageId];
  yield ['field id', session.id];
  for (const [messageId, message] of session.buffer) {
    yield ['field buffer', messageId];
    yield [`field buffer[${describe(messageId)}]`, message];
  }
}
