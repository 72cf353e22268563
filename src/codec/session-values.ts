import { describe } from '../errors.js';
import type { JstpSession, JstpSessionClass } from '../jstp-session.js';
import type { NamedPart } from './refusal.js';

/**
 * A Session as one flat list of values:
 *
 *   username, guaranteedDeliveredCount, receivedCount, latestBufferedMessageId,
 *   its own id, or null if that is the one it is stored under,
 *   the number of its buffered messages, and for each of them id, message,
 *   for each entry of its state key, value.
 */
export function valuesOfSession(id: string, session: JstpSession): unknown[] {
  const { buffer } = session;
  const values = new Array<unknown>(FIELDS + 2 * (buffer.size + session.size));
  values[0] = session.username;
  values[1] = session.guaranteedDeliveredCount;
  values[2] = session.receivedCount;
  values[3] = session.latestBufferedMessageId;
  values[4] = session.id === id ? null : session.id;
  let at = FIELDS;
  for (const [messageId, message] of buffer) {
    values[at++] = messageId;
    values[at++] = message;
  }
  values[5] = (at - FIELDS) / 2;
  for (const [key, value] of session) {
    values[at++] = key;
    values[at++] = value;
  }
  // A class of its own may show less than it has.
  if (at < values.length) values.length = at;
  return values;
}

const FIELDS = 6;

/** Throws for a list that {@link valuesOfSession} cannot have made. */
export function sessionOfValues(
  Session: JstpSessionClass,
  id: string,
  values: readonly unknown[],
): JstpSession {
  const [username, guaranteedDelivered, received, latestBuffered, ownId, messages] = values;
  const stateStart = FIELDS + 2 * wholeNumber(messages);
  if (stateStart > values.length || (values.length - stateStart) % 2 !== 0) {
    throw new RangeError(`expected a session with ${messages} messages in ${values.length} values`);
  }
  const session = new Session(null, null, (ownId ?? id) as string);
  session.username = username;
  session.guaranteedDeliveredCount = guaranteedDelivered;
  session.receivedCount = received;
  session.latestBufferedMessageId = latestBuffered;
  for (let i = FIELDS; i < stateStart; i += 2) session.buffer.set(values[i], values[i + 1]);
  for (let i = stateStart; i < values.length; i += 2) session.set(values[i], values[i + 1]);
  return session;
}

function wholeNumber(value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value;
  throw new TypeError(`expected a number of messages, got ${describe(value)}`);
}

/** The messages of one event-loop turn: `latestBufferedMessageId` after it, then id, message ... */
export type LateMessages = [latestBufferedMessageId: unknown, ...messages: unknown[]];

/** Throws for a list that is no {@link LateMessages}. */
export function addLateMessages(session: JstpSession, late: readonly unknown[]): void {
  if (late.length % 2 === 0) {
    throw new RangeError(`expected an id for each late message, got ${late.length} values`);
  }
  session.latestBufferedMessageId = late[0];
  for (let i = 1; i < late.length; i += 2) session.buffer.set(late[i], late[i + 1]);
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
