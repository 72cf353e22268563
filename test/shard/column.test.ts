import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NumberColumn, StringColumn } from '../../src/shard/column.js';

for (const Chunk of [Int32Array, Float64Array, Uint8Array, Uint16Array]) {
  test(`column of ${Chunk.name}: numbers stay where they were set while it grows`, () => {
    const column = new NumberColumn(Chunk);
    for (let i = 0; i < 10_000; i++) {
      column.reach(i);
      assert.equal(column.get(i), 0);
      column.set(i, i % 251);
    }
    for (let i = 0; i < 10_000; i++) assert.equal(column.get(i), i % 251);
  });
}

test('column of strings: strings stay where they were set while it grows', () => {
  const column = new StringColumn();
  for (let i = 0; i < 10_000; i++) {
    column.reach(i);
    assert.equal(column.get(i), '');
    column.set(i, `text ${i}`);
  }
  for (let i = 0; i < 10_000; i++) assert.equal(column.get(i), `text ${i}`);
});

test('column: clear forgets all, and it grows anew', () => {
  const numbers = new NumberColumn(Int32Array);
  const strings = new StringColumn();
  for (const column of [numbers, strings]) column.reach(5_000);
  numbers.set(0, 1);
  strings.set(0, 'first');
  for (const column of [numbers, strings]) {
    column.clear();
    assert.throws(() => column.get(0), { name: 'RangeError', message: /reached before, got 0/ });
    column.reach(0);
  }
  assert.equal(numbers.get(0), 0);
  assert.equal(strings.get(0), '');
});

test('column reached far ahead has everything before it', () => {
  const column = new NumberColumn(Int32Array);
  column.reach(20_000);
  assert.equal(column.get(0) + column.get(20_000), 0);
});

test('column that was not reached refuses the index', () => {
  const outOfReach = { name: 'RangeError', message: /reached before, got 4096/ };
  for (const column of [new NumberColumn(Int32Array), new StringColumn()]) {
    column.reach(4_095);
    assert.throws(() => column.get(4_096), outOfReach);
  }
  const numbers = new NumberColumn(Int32Array);
  assert.throws(() => numbers.set(4_096, 1), outOfReach);
  const strings = new StringColumn();
  assert.throws(() => strings.set(4_096, 'x'), outOfReach);
});
