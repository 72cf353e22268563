import assert from 'node:assert/strict';
import { test } from 'node:test';
import jstp from '@metarhia/jstp';
import { type ProviderOptions, SessionStorageError } from '../src/index.js';
import { limitsOfShard, readOptions } from '../src/options.js';

const MIB = 2 ** 20;
const GIB = 2 ** 30;

test('options left out get the documented defaults', () => {
  assert.deepEqual(readOptions({}, { cpus: 8, memoryBytes: 16 * GIB }), {
    shards: 7,
    inactiveSessionLifetimeMs: 86_400_000,
    activeSessionLifetimeMs: 604_800_000,
    purgeIntervalMs: 1_000,
    requestTimeoutMs: 2_000,
    outage: 'retry',
    sessionsMax: Number.POSITIVE_INFINITY,
    bytesMax: 8 * GIB,
    overflow: 'evict-inactive',
    sessionBytesMax: 1_048_576,
    Session: jstp.Session,
    store: { kind: 'memory' },
  });
});

test('shards by default leave one CPU to the server and fit into an eighth of the memory, but there is one', () => {
  const shardsOf = (cpus: number, memoryBytes: number) =>
    readOptions({}, { cpus, memoryBytes }).shards;
  assert.deepEqual(
    [0.5, 1, 1.5, 2, 2.9, 3, 64].map((cpus) => shardsOf(cpus, 1_024 * GIB)),
    [1, 1, 1, 1, 1, 2, 63],
  );
  assert.equal(shardsOf(5_000, 1_024 * GIB), 1_024);
  assert.deepEqual(
    [64, 159, 320, 512, 1_024].map((mib) => shardsOf(64, mib * MIB)),
    [1, 1, 2, 3, 6],
  );
});

test('bytes by default are half of what the process may use, however little that is', () => {
  assert.equal(readOptions({}, { cpus: 1, memoryBytes: 64 * MIB + 1 }).bytesMax, 32 * MIB);
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
    maxSessions: 1024,
    maxBytes: Number.MAX_SAFE_INTEGER,
    overflow: 'reject',
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
    sessionsMax: 1024,
    bytesMax: Number.MAX_SAFE_INTEGER,
    overflow: 'reject',
    sessionBytesMax: 2 ** 28,
    Session,
    store: { kind: 'memory' },
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

test('maxSessions must give each shard one session', () => {
  assert.equal(readOptions({ shards: 3, maxSessions: 3 }).sessionsMax, 3);
  assertRefused(
    { shards: 3, maxSessions: 2 },
    /maxSessions: expected a whole number from 3 \(one session for each shard\) to .*, got 2/,
  );
  for (const value of BAD_NUMBERS) assertRefused({ maxSessions: value }, /maxSessions: expected/);
});

test('maxBytes must give each shard something', () => {
  assert.equal(readOptions({ shards: 3, maxBytes: 3 }).bytesMax, 3);
  assertRefused(
    { shards: 3, maxBytes: 2 },
    /maxBytes: expected a whole number from 3 \(the shards\) to .*, got 2/,
  );
  for (const value of BAD_NUMBERS) assertRefused({ maxBytes: value }, /maxBytes: expected/);
});

test('limits are split equally, and the parts add up to the whole', () => {
  for (const shards of [1, 2, 3, 7, 1024]) {
    const settings = {
      shards,
      sessionsMax: 10_007,
      bytesMax: Number.MAX_SAFE_INTEGER,
      overflow: 'reject' as const,
    };
    const parts = Array.from({ length: shards }, (_, shard) => limitsOfShard(settings, shard));
    for (const name of ['sessionsMax', 'bytesMax'] as const) {
      const numbers = parts.map((part) => BigInt(part[name]));
      const sum = numbers.reduce((one, other) => one + other, 0n);
      assert.equal(sum, BigInt(settings[name]));
      const [largest = 0n] = numbers;
      assert(numbers.every((part) => part === largest || part === largest - 1n));
    }
    assert(parts.every((part) => part.overflow === 'reject'));
  }
});

test('no limit is none for each shard', () => {
  const settings = readOptions({ shards: 2, maxBytes: 4 * GIB });
  assert.deepEqual(limitsOfShard(settings, 1), {
    sessionsMax: Number.POSITIVE_INFINITY,
    bytesMax: 2 * GIB,
    overflow: 'evict-inactive',
  });
});

test('other bad options are refused, saying what was expected and what came', () => {
  assertRefused(null, /options: expected an object, got null/);
  assertRefused('x', /options: expected an object, got a string of 1 character/);
  assertRefused({ outage: 'never' }, /outage: expected 'retry' or 'miss', got "never"/);
  assertRefused(
    { overflow: 'evict' },
    /overflow: expected 'evict-inactive' or 'reject', got "evict"/,
  );
  assertRefused({ overflow: null }, /overflow: expected .*, got null/);
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
