import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ROWS_PER_CHUNK } from '../../src/shard/column.js';
import { EntryRows, ROW_BYTES } from '../../src/shard/entry-rows.js';

class CountingMemory {
  chunks = 0;
  left = Number.POSITIVE_INFINITY;

  readonly allocate = (bytes: number): ArrayBuffer => {
    if (this.left === 0) throw new RangeError('Array buffer allocation failed');
    this.left--;
    this.chunks++;
    assert.equal(bytes, ROW_BYTES * ROWS_PER_CHUNK);
    return new ArrayBuffer(bytes);
  };
}

function take(rows: EntryRows, count: number): number[] {
  return Array.from({ length: count }, () => rows.take());
}

test('entries that are in use are all different', () => {
  const rows = new EntryRows();
  const taken = new Set(take(rows, 1_000));
  for (const entry of [...taken].filter((each) => each % 3 === 0)) {
    rows.give(entry);
    taken.delete(entry);
  }
  for (const entry of take(rows, 1_000)) {
    assert(!taken.has(entry), `${entry} twice`);
    taken.add(entry);
  }
});

test('entry that was given back is the next to be taken', () => {
  const rows = new EntryRows();
  take(rows, 10);
  rows.give(4);
  rows.give(7);
  assert.deepEqual(take(rows, 3), [7, 4, 10]);
});

test('columns of one entry do not touch each other', () => {
  const rows = new EntryRows();
  const entry = rows.take();
  const columns = [
    rows.deadlines,
    rows.wheelNext,
    rows.wheelPrevious,
    rows.queueNext,
    rows.queuePrevious,
    rows.queuePlaces,
    rows.segments,
    rows.offsets,
  ];
  for (const [i, column] of columns.entries()) column.set(entry, 100 + i);
  for (const [i, column] of columns.entries()) assert.equal(column.get(entry), 100 + i);
});

test('memory of a chunk without entries is given back, and low entries are taken first', () => {
  const memory = new CountingMemory();
  const rows = new EntryRows(memory.allocate);
  const entries = take(rows, 3 * ROWS_PER_CHUNK);
  assert.equal(memory.chunks, 3);
  for (const entry of entries.slice(ROWS_PER_CHUNK, 2 * ROWS_PER_CHUNK)) rows.give(entry);
  assert.throws(() => rows.deadlines.get(ROWS_PER_CHUNK), { name: 'RangeError' });
  rows.give(5);
  assert.equal(rows.take(), 5);
  assert.equal(memory.chunks, 3);
  assert.equal(rows.take(), ROWS_PER_CHUNK);
  assert.equal(memory.chunks, 4);
});

test('one entry that comes and goes needs memory once', () => {
  const memory = new CountingMemory();
  const rows = new EntryRows(memory.allocate);
  for (let i = 0; i < 100; i++) rows.give(rows.take());
  take(rows, ROWS_PER_CHUNK);
  for (let i = 0; i < 100; i++) rows.give(rows.take());
  assert.equal(memory.chunks, 2);
});

test('without memory no entry is taken, and with it again one is', () => {
  const memory = new CountingMemory();
  const rows = new EntryRows(memory.allocate);
  memory.left = 0;
  assert.throws(() => rows.take(), { name: 'RangeError' });
  memory.left = 1;
  assert.equal(rows.take(), 0);
});

test('rows that were cleared start again', () => {
  const rows = new EntryRows();
  take(rows, ROWS_PER_CHUNK + 1);
  rows.clear();
  assert.throws(() => rows.deadlines.get(0), { name: 'RangeError' });
  assert.equal(rows.take(), 0);
});
