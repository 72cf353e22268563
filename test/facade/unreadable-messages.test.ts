import assert from 'node:assert/strict';
import { test } from 'node:test';
import jstp from '@metarhia/jstp';
import fc from 'fast-check';
import {
  hasNonFiniteNumber,
  removeUnreadableMessages,
} from '../../src/facade/unreadable-messages.js';
import { findMessageParser } from '../../src/jstp-session.js';
import { createSession, createTestProvider, drainMicrotasks } from '../twins/test-provider.js';

const parse = findMessageParser(jstp.Session) as (message: string) => unknown;
const stringify = (message: unknown): string => jstp.Connection.prototype._prepareMessage(message);

function isRefused(message: string): boolean {
  try {
    parse(message);
    return false;
  } catch {
    return true;
  }
}

test('of all that the host writes, its parser refuses nothing but numbers that are not finite', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: fc.constantFrom('N', 'a', "'", '\\', '"', '\n', '\ud800', '\u2028') }),
    fc.constantFrom('NaN', 'Infinity', "'NaN", '__proto__'),
  );
  const value = fc.anything({
    key: text,
    values: [
      text,
      fc.double(),
      fc.bigInt(),
      fc.boolean(),
      fc.date({ noInvalidDate: false }),
      fc.constantFrom(undefined, null, Number.NaN, -Infinity, Infinity, -0, () => {}, Symbol('s')),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    ],
    withBoxedValues: true,
    withMap: true,
    withSet: true,
  });
  fc.assert(
    fc.property(text, fc.array(value), (name, args) => {
      const message = stringify({ event: [-1, 'interface'], [`name ${name}`]: args });
      // A name may be such a word.
      assert(!isRefused(message) || hasNonFiniteNumber(message), message);
    }),
    { numRuns: 2_000 },
  );
});

for (const [message, expected] of [
  ['{a:[NaN]}', true],
  ['{a:[-Infinity]}', true],
  ["{a:['NaN']}", false],
  ["{a:['it\\'s NaN']}", false],
  ["{a:['\\\\',NaN]}", true],
  ["{a:['x'],b:'Infinity',c:Infinity}", true],
  ['{a:[1]}', false],
] as const) {
  test(`number that is not finite in ${message}: ${expected}`, () => {
    assert.equal(hasNonFiniteNumber(message), expected);
  });
}

test('parser of the host: is found for its class, and for no other', () => {
  assert.deepEqual(parse('{a:[1]}'), { a: [1] });
  class Other extends Map {}
  assert.equal(findMessageParser(Other as never), undefined);
});

test('removal keeps what the parser can read, and other things than texts', () => {
  const session = createSession();
  session.buffer = new Map<unknown, unknown>([
    [1, '{a:[1]}'],
    [2, '{a:[NaN]}'],
    [3, { a: Number.NaN }],
    [4, '{NaN:[1]}'],
    [5, '{a:[Infinity]}'],
  ]);
  const error = removeUnreadableMessages('id', session, parse);
  assert.deepEqual([...session.buffer.keys()], [1, 3, 4]);
  assert.equal(error?.code, 'ERR_MESSAGE_UNREADABLE');
  assert.match(
    error?.message ?? '',
    /session ""\.\.\. \(SHA-256 a56145270ce6\).* got 2 that it refuses \(Unexpected N at/,
  );
  assert.equal(removeUnreadableMessages('id', session, parse), undefined);
});

test('get: messages that no client can read are left out, with one error, whenever they were buffered', async () => {
  const { provider, finish, errorCodes } = createTestProvider({ shards: 2 });
  const session = createSession();
  session._bufferMessage(-1, '{a:[NaN]}');
  session._bufferMessage(-2, '{a:[2]}');
  await finish(provider.set('id', session));
  session._bufferMessage(-3, '{a:[Infinity]}');
  session._bufferMessage(-4, '{a:[4]}');
  const got = await finish(provider.get('id'));
  assert.deepEqual(got && [...got.buffer.keys()], [2, 4]);
  assert.equal(got?.latestBufferedMessageId, -4);
  await drainMicrotasks();
  assert.deepEqual(errorCodes, ['ERR_MESSAGE_UNREADABLE']);
  if (got !== undefined) await finish(provider.set('id', got));
  await finish(provider.get('id'));
  assert.equal(errorCodes.length, 1);
});

test("get with somebody's own class: messages are as they were", async () => {
  class Session extends jstp.Session {}
  const { provider, finish, errorCodes } = createTestProvider({ Session: Session as never });
  const session = createSession();
  session._bufferMessage(-1, '{a:[NaN]}');
  await finish(provider.set('id', session));
  assert.equal((await finish(provider.get('id')))?.buffer.size, 1);
  assert.deepEqual(errorCodes, []);
});
