import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  asStorageError,
  describe,
  describeType,
  errorFrom,
  messageOf,
  SessionStorageError,
} from '../src/errors.js';

test('error: has its code, what was expected and its cause', () => {
  const cause = new Error('the cause');
  const error = new SessionStorageError('ERR_TIMEOUT', 'no answer in 5 ms', { cause });
  assert(error instanceof Error);
  assert.equal(error.code, 'ERR_TIMEOUT');
  assert.equal(error.message, 'The shard did not answer in time: no answer in 5 ms');
  assert.equal(error.cause, cause);
  assert.equal(String(error), `SessionStorageError: ${error.message}`);
  assert.match(error.stack ?? '', /errors\.test/);
});

test('error without a cause: has none', () => {
  assert(!('cause' in new SessionStorageError('ERR_CLOSED', 'closed')));
});

test('error: stands for one failure, unless it says for how many', () => {
  assert.equal(new SessionStorageError('ERR_TIMEOUT', 'a test').count, 1);
  assert.equal(new SessionStorageError('ERR_TIMEOUT', 'a test', { count: 7 }).count, 7);
});

test('what is thrown while shards are stopped: keeps its code, or gets one and its cause', () => {
  const error = new SessionStorageError('ERR_TIMEOUT', 'a test');
  assert.equal(asStorageError(error), error);
  const cause = new Error('a worker that does not stop');
  const wrapped = asStorageError(cause);
  assert.deepEqual([wrapped.code, wrapped.cause], ['ERR_SHARD_UNAVAILABLE', cause]);
});

test('error of another thread: is as it was, and says once what its code means', () => {
  const error = new SessionStorageError('ERR_JOURNAL_CORRUPT', 'file: expected a record');
  const { code, message } = error;
  assert.deepEqual(errorFrom({ code, message }), error);
});

test('error of another thread that had no code of its own: says also what its new one means', () => {
  const error = errorFrom({ code: 'ERR_JOURNAL_UNAVAILABLE', message: 'ENOSPC: disk full' });
  assert.equal(error.message, 'The journal cannot be opened: ENOSPC: disk full');
  assert.equal(error.code, 'ERR_JOURNAL_UNAVAILABLE');
});

const DESCRIPTIONS: [value: unknown, description: string][] = [
  ['text', '"text"'],
  ['', '""'],
  ['a "quoted"\nline', '"a \\"quoted\\"\\nline"'],
  ['x'.repeat(64), `"${'x'.repeat(64)}"`],
  ['x'.repeat(65), 'a string of 65 characters'],
  [1.5, '1.5'],
  [Number.NaN, 'NaN'],
  [10n, '10n'],
  [true, 'true'],
  [undefined, 'undefined'],
  [null, 'null'],
  [Symbol('secret'), 'a symbol'],
  [() => 'secret', 'a function'],
  [[1, 2], 'an array'],
  [{ secret: 1 }, 'an object'],
  [new Map(), 'an object'],
];

for (const [value, description] of DESCRIPTIONS) {
  test(`value: is described as ${description}`, () => {
    assert.equal(describe(value), description);
  });
}

const TYPES: [value: unknown, text: string][] = [
  ['', 'an empty string'],
  ['x'.repeat(1_025), 'a string of 1025 characters'],
  [17, 'a number'],
  [Number.NaN, 'a number'],
  [12n, 'a bigint'],
  [true, 'a boolean'],
  [Symbol('id'), 'a symbol'],
  [() => 'id', 'a function'],
  [undefined, 'undefined'],
  [null, 'null'],
  [['id'], 'an array'],
  [{ id: 'id' }, 'an object'],
];

for (const [value, text] of TYPES) {
  test(`value of a type, ${text}: is described without what is in it`, () => {
    assert.equal(describeType(value), text);
  });
}

test('object that would run code when it is shown: is described without', () => {
  const hostile = {
    toString: () => assert.fail('called'),
    [Symbol.toPrimitive]: () => assert.fail('called'),
    get constructor() {
      return assert.fail('read');
    },
  };
  assert.equal(describe(hostile), 'an object');
});

test('message of an error: is its message; of anything else, its description', () => {
  assert.equal(messageOf(new TypeError('wrong type')), 'wrong type');
  assert.equal(messageOf('text'), '"text"');
  assert.equal(messageOf(undefined), 'undefined');
});
