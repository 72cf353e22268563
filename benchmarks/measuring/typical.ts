import type jstp from '@metarhia/jstp';
import { host } from '../host.js';

const LOGGED_IN_AT_MS = Date.parse('2026-03-17T09:26:53.589Z');
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
 * takes 175 bytes encoded. Texts are shared by all sessions, as in a real server they are not: that
 * is in favour of a store that keeps the objects.
 */
export function createSession(id: string, session: number): jstp.Session {
  const made = new host.Session(null, 'marcus.aurelius', id);
  made.set('userId', userIdOf(session));
  made.set('visits', 0);
  made.set('roles', ['editor', 'moderator', 'author']);
  made.set('loggedInAt', new Date(LOGGED_IN_AT_MS));
  made._bufferMessage(-1, "{event:[-1,'chat'],message:['room 7','Hello, are you there?']}");
  return made;
}

/** What a stored session must still have. */
export function userIdOf(session: number): number {
  return USER_ID_MIN + session;
}

/** Scatters numbers, so that ids are in no order. */
function scramble(number: number): number {
  const mixed = Math.imul(number ^ (number >>> 16), 0x9e3779b1);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}

/** The lower 16 bits as four digits. */
function writeHex(value: number, offset: number): void {
  scratch[offset] = digit(value >>> 12);
  scratch[offset + 1] = digit(value >>> 8);
  scratch[offset + 2] = digit(value >>> 4);
  scratch[offset + 3] = digit(value);
}

function digit(value: number): number {
  return DIGITS[value & 15] ?? 0;
}
