import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JstpSession } from '../src/jstp-session.js';
import { createCodec, ID, ID_TEXT, NOW_MS, sessionWith } from './codec/sessions.js';

test('session of maxSessionBytes: is stored; of one byte more: is refused, with both sizes', () => {
  const length = createCodec().encode(ID, sessionWith(['k', 'x'.repeat(500)]), NOW_MS).length;
  const encode = (max: number) =>
    createCodec(max).encode(ID, sessionWith(['k', 'x'.repeat(500)]), NOW_MS);
  assert.equal(encode(length).length, length);
  assert.throws(() => encode(length - 1), {
    name: 'SessionStorageError',
    code: 'ERR_SESSION_TOO_LARGE',
    message: `The session is too large: session ${ID_TEXT}: expected at most maxSessionBytes = ${length - 1}, got ${length} bytes, 0 of them for 0 buffered messages`,
  });
});

function sessionWithMessages(count: number, text: string): JstpSession {
  const session = sessionWith(['k', 'x'.repeat(500)]);
  for (let id = 1; id <= count; id++) session.buffer.set(id, text);
  return session;
}

test('session that is too large for its messages: says how many of the bytes they are, and what helps', () => {
  const message = '{event:[-1,"chat"],message:["hello"]}';
  const without = createCodec().encode(ID, sessionWithMessages(0, ''), NOW_MS).length;
  const session = sessionWithMessages(40_000, message);
  const { length } = createCodec(2 ** 22).encode(ID, session, NOW_MS);
  let text = '';
  try {
    createCodec().encode(ID, session, NOW_MS);
  } catch (error) {
    text = (error as Error).message;
  }
  const found =
    /got (\d+) bytes, (\d+) of them for 40000 buffered messages; .*heartbeatInterval/.exec(text);
  assert(found, text);
  const [bytes, messageBytes] = found.slice(1).map(Number);
  assert.equal(bytes, length);
  // But for the bytes that say what follows, they are the difference.
  assert(Math.abs(length - without - Number(messageBytes)) < 20, text);
});

test('session that is too large for its state: says how many of the bytes are messages, and no more', () => {
  assert.throws(() => createCodec(300).encode(ID, sessionWithMessages(2, 'message'), NOW_MS), {
    code: 'ERR_SESSION_TOO_LARGE',
    message: /got \d{3} bytes, \d\d of them for 2 buffered messages$/,
  });
});

const MIB = 1_048_576;

function storedOf(bytes: number): string {
  const codec = createCodec(2 ** 28);
  const length = (text: string) => codec.encode(ID, sessionWith(['k', text]), NOW_MS).length;
  const others = length('x'.repeat(300)) - 300;
  const stored = codec.encode(ID, sessionWith(['k', 'x'.repeat(bytes - others)]), NOW_MS);
  assert.equal(stored.length, bytes);
  return stored;
}

test('stored session of maxSessionBytes: is read; of one byte more: is unreadable, with both sizes', () => {
  const codec = createCodec(2 * MIB);
  assert.equal(codec.decode(ID, storedOf(2 * MIB)).size, 1);
  assert.throws(() => codec.decode(ID, storedOf(2 * MIB + 1)), {
    code: 'ERR_SESSION_UNREADABLE',
    message: `The stored session cannot be read: session ${ID_TEXT}: expected at most 2097152 bytes (maxSessionBytes, and at least 1048576), got 2097153`,
  });
});

test('stored session of 1 MiB: is read whatever maxSessionBytes is, which may have been lowered', () => {
  const codec = createCodec(1);
  assert.equal(codec.decode(ID, storedOf(MIB)).size, 1);
  assert.throws(() => codec.decode(ID, storedOf(MIB + 1)), { code: 'ERR_SESSION_UNREADABLE' });
});
