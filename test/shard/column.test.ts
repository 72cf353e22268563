import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ROWS_PER_CHUNK, Rows } from '../../src/shard/column.js';

const SEVERAL_CHUNKS = 2 * ROWS_PER_CHUNK + 10;

test('columns of the same rows: numbers stay where they were set while they grow', () => {
  const rows = new Rows(16);
  const columns = [rows.doubles(0), rows.words(8), rows.words(12, 0, 16), rows.words(12, 16, 8)];
  const numberAt = (column: number, index: number) => (index * 7 + column) % 251;
  for (let i = 0; i < SEVERAL_CHUNKS; i++) {
    rows.reach(i);
    for (const [c, column] of columns.entries()) {
      assert.equal(column.get(i), 0);
      column.set(i, numberAt(c, i));
    }
  }
  for (let i = 0; i < SEVERAL_CHUNKS; i++) {
    for (const [c, column] of columns.entries()) assert.equal(column.get(i), numberAt(c, i));
  }
});

test('column of whole words keeps every number of 32 bits, with its sign', () => {
  const column = new Rows(8).words(4);
  column.reach(0);
  for (const number of [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)]) {
    column.set(0, number);
    assert.equal(column.get(0), number);
  }
});

test('columns of some bits of a word leave the others alone', () => {
  const rows = new Rows(8);
  const [low, middle, high] = [rows.words(0, 0, 16), rows.words(0, 16, 8), rows.words(0, 24, 8)];
  rows.reach(1);
  low.set(1, 0xffff);
  high.set(1, 0xff);
  middle.set(1, 0x5a);
  assert.deepEqual([low.get(1), middle.get(1), high.get(1)], [0xffff, 0x5a, 0xff]);
  middle.set(1, 0);
  assert.deepEqual([low.get(1), middle.get(1), high.get(1)], [0xffff, 0, 0xff]);
});

test('rows: clear forgets all, and they grow anew', () => {
  const rows = new Rows(8);
  const column = rows.doubles(0);
  column.reach(ROWS_PER_CHUNK);
  column.set(0, 1);
  rows.clear();
  assert.throws(() => column.get(0), { name: 'RangeError', message: /reached before, got 0/ });
  column.reach(0);
  assert.equal(column.get(0), 0);
});

test('rows: a chunk that was closed is out of reach until it is opened again, and then 0', () => {
  const rows = new Rows(8);
  const column = rows.words(0);
  rows.reach(ROWS_PER_CHUNK);
  column.set(0, 1);
  column.set(ROWS_PER_CHUNK, 2);
  rows.close(0);
  assert.throws(() => column.get(0), { name: 'RangeError', message: /reached before, got 0/ });
  assert.equal(column.get(ROWS_PER_CHUNK), 2);
  rows.open(0);
  assert.equal(column.get(0), 0);
});

test('column reached far ahead has everything before it', () => {
  const column = new Rows(8).words(0);
  column.reach(SEVERAL_CHUNKS);
  assert.equal(column.get(0) + column.get(SEVERAL_CHUNKS), 0);
});

test('column that was not reached refuses the index', () => {
  const message = new RegExp(`reached before, got ${ROWS_PER_CHUNK}`);
  const rows = new Rows(8);
  rows.reach(ROWS_PER_CHUNK - 1);
  for (const column of [rows.doubles(0), rows.words(0)]) {
    assert.throws(() => column.get(ROWS_PER_CHUNK), { name: 'RangeError', message });
    assert.throws(() => column.set(ROWS_PER_CHUNK, 1), { name: 'RangeError', message });
  }
});
