import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readOptions } from '../../../benchmarks/demo/options.js';

test('readOptions, no flags: 2,000 clients, sessions in memory', () => {
  assert.deepEqual(readOptions([]), { store: 'memory', clients: 2_000, messages: 6 });
});

test('readOptions, --store: memory, journal or redis', () => {
  assert.equal(readOptions(['--store', 'memory'])?.store, 'memory');
  assert.equal(readOptions(['--store', 'journal'])?.store, 'journal');
  assert.equal(readOptions(['--store', 'redis'])?.store, 'redis');
});

test('readOptions, --help: nothing to run', () => {
  assert.equal(readOptions(['--help']), undefined);
});

test('readOptions, bad values: says what was expected', () => {
  assert.throws(
    () => readOptions(['--store', 'disk']),
    /--store: expected one of memory, journal, redis, got "disk"/,
  );
  assert.throws(() => readOptions(['--store']), /--store/);
  assert.throws(() => readOptions(['--clients', '0']), /--clients: .* from 1 to 20000, got "0"/);
});
