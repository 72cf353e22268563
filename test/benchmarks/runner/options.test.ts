import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BenchOptions, readOptions } from '../../../benchmarks/runner/options.js';

const KNOWN = {
  scenarios: { micro: 'operations', churn: 'clients', purge: 'expiry' },
  subjects: ['sharded', 'built-in', 'built-in strings'],
};

function read(...args: string[]): BenchOptions | undefined {
  return readOptions(args, KNOWN);
}

test('readOptions, no flags: all of it, twice', () => {
  assert.deepEqual(read(), {
    quick: false,
    rounds: 2,
    only: undefined,
    subjects: undefined,
    size: undefined,
    micro: true,
    directory: 'bench-results',
    disk: undefined,
  });
});

test('readOptions, --disk: where stores on a disk have their files', () => {
  assert.equal(read('--disk', '/mnt/fast')?.disk, '/mnt/fast');
});

test('readOptions, --quick: once', () => {
  assert.equal(read('--quick')?.rounds, 1);
  assert.equal(read('--quick', '--rounds', '3')?.rounds, 3);
});

test('readOptions, lists of names: each of them, spaces around commas allowed', () => {
  const options = read('--only', 'churn, purge', '--subjects', 'sharded,built-in strings');

  assert.deepEqual(options?.only, ['churn', 'purge']);
  assert.deepEqual(options?.subjects, ['sharded', 'built-in strings']);
});

test('readOptions, single operations: only when asked for, or when all is', () => {
  assert.equal(read('--only', 'churn')?.micro, false);
  assert.equal(read('--only', 'churn,micro')?.micro, true);
  assert.equal(read('--subjects', 'sharded')?.micro, false);
  assert.equal(read('--size', '3M')?.micro, false);
});

test('readOptions, --help: nothing to run', () => {
  assert.equal(read('--help'), undefined);
});

test('readOptions, bad values: says what was expected', () => {
  assert.throws(() => read('--rounds', '0'), /--rounds: expected a whole number from 1 to 100/);
  assert.throws(() => read('--rounds', '1.5'), /--rounds/);
  assert.throws(() => read('--only', 'chrun'), /--only: expected one of micro, churn, purge/);
  assert.throws(() => read('--subjects', 'redis'), /--subjects: .*got "redis"/);
  assert.throws(() => read('--fast'), /--fast/);
});
