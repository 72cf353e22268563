import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { readStoreOptions } from '../src/store-options.js';

const DIRECTORY = 'sessions';

test('store left out: memory', () => {
  assert.deepEqual(readStoreOptions(undefined), { kind: 'memory' });
});

test('journal store: options left out get the documented defaults, and the directory is absolute', () => {
  assert.deepEqual(readStoreOptions({ kind: 'journal', directory: DIRECTORY }), {
    kind: 'journal',
    directory: resolve(DIRECTORY),
    fsync: 'everysec',
    repair: false,
    encryptionKey: undefined,
    lockTimeoutMs: 15_000,
  });
});

test('journal store: options that are given are taken as they are, the key as a copy', () => {
  const encryptionKey = new Uint8Array(32).fill(1);
  const given = { kind: 'journal', directory: '/d', fsync: 'always', repair: true, encryptionKey };
  const settings = readStoreOptions({ ...given, lockTimeout: 0 });
  encryptionKey.fill(0);
  assert.deepEqual(settings, {
    ...given,
    directory: resolve('/d'),
    encryptionKey: new Uint8Array(32).fill(1),
    lockTimeoutMs: 0,
  });
});

test('bad store options are refused, saying what was expected and what came', () => {
  const journal = { kind: 'journal', directory: DIRECTORY };
  const cases: [unknown, RegExp][] = [
    ['memory', /store: expected an object such as \{ kind: 'memory' \} .*, got "memory"/],
    [null, /store: expected an object .*, got null/],
    [{}, /store.kind: expected 'memory', 'journal' or 'redis', got undefined/],
    [
      { kind: 'disk' },
      /store.kind: expected 'memory', 'journal' or 'redis', got a string of 4 characters/,
    ],
    [{ kind: 'memory', url: 1 }, /store.url: expected no option but kind, got "url"/],
    [{ kind: 'journal' }, /store.directory: expected the path of a directory, got undefined/],
    [{ kind: 'journal', directory: '' }, /store.directory: expected .*, got an empty string/],
    [{ kind: 'journal', directory: 'a\0b' }, /store.directory: expected/],
    [
      { ...journal, fsync: 'no' },
      /store.fsync: expected 'always', 'everysec' or 'never', got "no"/,
    ],
    [{ ...journal, repair: 1 }, /store.repair: expected true or false, got a number/],
    ...[-1, 1.5, 2 ** 31, '15000', null].map((lockTimeout): [unknown, RegExp] => [
      { ...journal, lockTimeout },
      /store.lockTimeout: expected a whole number from 0 to 2147483647, got/,
    ]),
    [
      { ...journal, compact: true },
      /store.compact: expected one of directory, fsync, .*, got "compact"/,
    ],
    [
      { ...journal, encryptionKey: new Uint8Array(16) },
      /encryptionKey: expected .* 32 bytes, got 16/,
    ],
  ];
  for (const [store, message] of cases) {
    assert.throws(() => readStoreOptions(store), { code: 'ERR_INVALID_OPTION', message });
  }
});

test('a key that is refused is not shown', () => {
  const secret = 'my secret passphrase, of 32 chars';
  const journal = { kind: 'journal', directory: DIRECTORY };
  for (const store of [
    { ...journal, encryptionKey: secret },
    { ...journal, encryptionkey: secret },
  ]) {
    assert.throws(
      () => readStoreOptions(store),
      (error: Error) => !error.message.includes('secret') && error.message.includes('ncryption'),
    );
  }
});
