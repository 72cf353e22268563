import type jstp from '@metarhia/jstp';
import type { JstpSession } from '../../src/index.js';
import { host } from '../host.js';

const LOGGED_IN_AT_MS = Date.parse('2026-03-17T09:26:53.589Z');
const USERNAME = Buffer.from('marcus.aurelius', 'latin1');
const ROLES = ['editor', 'moderator', 'author'].map((role) => Buffer.from(role, 'latin1'));
const MESSAGE = Buffer.from(
  "{event:[-1,'chat'],message:['room 0000','Hello, are you here?']}",
  'latin1',
);
const ROOM_AT = MESSAGE.indexOf('0000');

/** Four bytes of state in every session: the number of a user. */
const USER_ID_MIN = 100_000;

const DIGITS = Buffer.from('0123456789abcdef', 'latin1');
const scratch = Buffer.alloc('xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx'.length, '-');

/** The id of session number `session`, flat and of the form of the host's. Below 2^32 all differ. */
export function idOf(session: number): string {
  const head = scramble(session);
  const tail = scramble(~session);
  writeHex(head >>> 16, 0);
  writeHex(head, 4);
  writeHex(session >>> 16, 9);
  writeHex(session, 14);
  writeHex(tail >>> 16, 19);
  writeHex(tail, 24);
  writeHex(head ^ tail, 28);
  writeHex((head ^ tail) >>> 16, 32);
  return scratch.toString('latin1');
}

/**
 * A session as applications have them: a few keys of state, and a message that is not confirmed. Ours
 * takes 175 bytes encoded. Each has texts of its own, as in a server, where they come from a socket or a
 * database.
 */
export function createSession(id: string, session: number): jstp.Session {
  const made = new host.Session(null, USERNAME.toString('latin1'), id);
  made.set('userId', userIdOf(session));
  made.set('visits', 0);
  made.set('roles', ROLES.map(copyOf));
  made.set('loggedInAt', new Date(LOGGED_IN_AT_MS));
  made._bufferMessage(-1, messageOf(session));
  return made;
}

/**
 * What a visit changes: a counter, the time, and the message that is not confirmed, as the client has
 * confirmed the one before it.
 */
export function changeSession(session: JstpSession, visit: number): void {
  session.set('visits', Number(session.get('visits')) + 1);
  session.set('loggedInAt', new Date(LOGGED_IN_AT_MS + visit));
  session.receivedCount = visit;
  session.buffer.set(1, messageOf(visit));
}

/** What a stored session must still have. */
export function userIdOf(session: number): number {
  return USER_ID_MIN + session;
}

/** A text of its own, with four digits of the number. */
function messageOf(number: number): string {
  writeHexInto(MESSAGE, number, ROOM_AT);
  return MESSAGE.toString('latin1');
}

function copyOf(text: Buffer): string {
  return text.toString('latin1');
}

/** Scatters numbers, so that ids are in no order. */
function scramble(number: number): number {
  const mixed = Math.imul(number ^ (number >>> 16), 0x9e3779b1);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}

function writeHex(value: number, offset: number): void {
  writeHexInto(scratch, value, offset);
}

/** The lower 16 bits as four digits. */
function writeHexInto(bytes: Buffer, value: number, offset: number): void {
  bytes[offset] = digit(value >>> 12);
  bytes[offset + 1] = digit(value >>> 8);
  bytes[offset + 2] = digit(value >>> 4);
  bytes[offset + 3] = digit(value);
}

function digit(value: number): number {
  return DIGITS[value & 15] ?? 0;
}
