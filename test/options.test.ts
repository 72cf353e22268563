import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { test } from 'node:test';
import jstp from '@metarhia/jstp';
import { type ProviderOptions, SessionStorageError } from '../src/index.js';
import { readOptions } from '../src/options.js';

test('options left out get the documented defaults', () => {
  assert.deepEqual(readOptions({}), {
    shards: Math.max(1, availableParallelism() - 1),
    inactiveSessionLifetimeMs: 86_400_000,
    activeSessionLifetimeMs: 604_800_000,
    purgeIntervalMs: 1_000,
    requestTimeoutMs: 2_000,
    outage: 'retry',
    sessionBytesMax: 1_048_576,
    Session: jstp.Session,
  });
});

test('options that are undefined count as left out', () => {
  const undefinedOptions = { shards: undefined, outage: undefined, Session: undefined };
  assert.deepEqual(readOptions(undefinedOptions as unknown as ProviderOptions), readOptions({}));
});

test('options at the ends of their ranges are taken as they are', () => {
  class Session extends jstp.Session {}
  const settings = readOptions({
    shards: 1024,
    inactiveSessionLifetime: 2 ** 52,
    activeSessionLifetime: 1,
    purgeInterval: 2 ** 31 - 1,
    requestTimeout: 1,
    outage: 'miss',
    maxSessionBytes: 2 ** 28,
    Session,
    store: { kind: 'memory' },
  });
  assert.deepEqual(settings, {
    shards: 1024,
    inactiveSessionLifetimeMs: 2 ** 52,
    activeSessionLifetimeMs: 1,
    purgeIntervalMs: 2 ** 31 - 1,
    requestTimeoutMs: 1,
    outage: 'miss',
    sessionBytesMax: 2 ** 28,
    Session,
  });
});

const BAD_NUMBERS = [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '4', null, {}, 1n];
const NUMBER_OPTIONS = [
  'shards',
  'inactiveSessionLifetime',
  'activeSessionLifetime',
  'purgeInterval',
  'requestTimeout',
  'maxSessionBytes',
];
for (const name of NUMBER_OPTIONS) {
  test(`${name} that is no whole number in range is refused by name`, () => {
    for (const value of BAD_NUMBERS) {
      assertRefused(
        { [name]: value },
        new RegExp(`${name}: expected a whole number from 1 to \\d+, got`),
      );
    }
  });
}

test('numbers one above their range are refused', () => {
  assertRefused({ shards: 1025 }, /shards: .* 1024, got 1025/);
  assertRefused({ purgeInterval: 2 ** 31 }, /purgeInterval: .* 2147483647, got 2147483648/);
  assertRefused({ requestTimeout: 2 ** 31 }, /requestTimeout/);
  assertRefused({ maxSessionBytes: 2 ** 28 + 1 }, /maxSessionBytes/);
  assertRefused({ inactiveSessionLifetime: 2 ** 52 + 1 }, /inactiveSessionLifetime/);
});

test('other bad options are refused, saying what was expected and what came', () => {
  assertRefused(null, /options: expected an object, got null/);
  assertRefused('x', /options: expected an object, got "x"/);
  assertRefused({ outage: 'never' }, /outage: expected 'retry' or 'miss', got "never"/);
  assertRefused({ Session: {} }, /Session: expected a class that extends Map, got an object/);
  assertRefused(
    { Session: class {} },
    /Session: expected a class that extends Map, got a function/,
  );
  assertRefused(
    { Session: () => {} },
    /Session: expected a class that extends Map, got a function/,
  );
  assertRefused({ shard: 2 }, /shard: expected one of shards, .*, got "shard"/);
  assertRefused({ store: 'memory' }, /store: expected \{ kind: 'memory' \}, got "memory"/);
  assertRefused({ store: null }, /store: expected \{ kind: 'memory' \}, got null/);
  assertRefused({ store: {} }, /store.kind: expected 'memory', got undefined/);
  assertRefused({ store: { kind: 'disk' } }, /store.kind: expected 'memory', got "disk"/);
  assertRefused({ store: { kind: 'memory', url: 1 } }, /store.url: expected no such option, got 1/);
});

function assertRefused(options: unknown, message: RegExp): void {
  assert.throws(
    () => readOptions(options as ProviderOptions),
    (error) =>
      error instanceof SessionStorageError &&
      error.code === 'ERR_INVALID_OPTION' &&
      message.test(error.message),
    String(message),
  );
}
