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
