import assert from 'node:assert/strict';
import { constants } from 'node:buffer';
import { test } from 'node:test';
import fc from 'fast-check';
import { ROWS_PER_CHUNK } from '../../src/shard/column.js';
import { SessionTable } from '../../src/shard/session-table.js';
import { TableModel } from './table-model.js';

function addTo(table: SessionTable, id: string, value: string, slot = 0): number {
  const entry = table.add(slot, id, value);
  assert(entry !== undefined, 'there is memory');
  return entry;
}

test('table finds a session by slot and id', () => {
  const table = new SessionTable({ slots: 2 });
  const entry = addTo(table, 'a', 'value', 1);
  assert.equal(table.find(1, 'a'), entry);
  assert.equal(table.find(0, 'a'), undefined);
  assert.equal(table.find(1, 'b'), undefined);
  assert.equal(table.valueOf(entry), 'value');
});

test('table uses the entry of a session that was removed again, with nothing left of it', () => {
  const table = new SessionTable({ slots: 1 });
  const entry = addTo(table, 'a', 'value');
  table.append(entry, '+');
  table.end(entry);
  table.remove(entry);
  assert.deepEqual([table.size, table.bytes, table.find(0, 'a')], [0, 0, undefined]);
  assert.equal(addTo(table, 'b', 'other'), entry);
  assert.equal(table.valueOf(entry), 'other');
  assert.equal(table.canAppend(entry, '+'), true);
});

test('table visits each session once, from low entries to high, and no pieces; visitors may remove it', () => {
  const table = new SessionTable({ slots: 3 });
  const entries = [2, 0, 1, 0].map((slot, i) => addTo(table, `${i}`, 'x'.repeat(i * 10_000), slot));
  table.remove(entries[1] as number);
  const visited: number[] = [];
  table.visitAll((entry) => {
    visited.push(entry);
    table.remove(entry);
  });
  assert.deepEqual(
    visited,
    entries.filter((_, i) => i !== 1).sort((a, b) => a - b),
  );
  assert.equal(table.size, 0);
});

test('table counts a session with additions like one that was set so', () => {
  const table = new SessionTable({ slots: 1 });
  const entry = addTo(table, 'a', 'value');
  const bytes = table.bytesToAppend(entry, '+1');
  const before = table.bytes;
  table.append(entry, '+1');
  table.append(entry, '+2');
  assert.equal(table.valueOf(entry), 'value+1+2');
  assert(bytes > 0 && table.bytes > before);
  assert.deepEqual(
    [table.bytes, table.bytesOf(entry)],
    [table.bytesOfNew('a', 'value+1+2'), table.bytes],
  );
  assert.equal(table.bytesToReplace(entry, 'value'), before - table.bytes);
  table.replace(entry, 'value');
  assert.deepEqual([table.valueOf(entry), table.bytes], ['value', before]);
});

test('head of a value is found however it lies', () => {
  const table = new SessionTable({ slots: 1 });
  for (const value of ['head', 'head'.repeat(50_000)]) {
    const entry = addTo(table, 'a', value);
    assert.equal(table.startsWith(entry, ''), true);
    assert.equal(table.startsWith(entry, 'head'), true);
    assert.equal(table.startsWith(entry, value), true);
    assert.equal(table.startsWith(entry, 'heaD'), false);
    assert.equal(table.startsWith(entry, `${value}+`), false);
    table.remove(entry);
  }
});

test('value that was ended takes no additions until it is replaced', () => {
  const table = new SessionTable({ slots: 1 });
  const entry = addTo(table, 'a', 'value');
  table.append(entry, '+1');
  table.end(entry);
  assert.equal(table.canAppend(entry, '+2'), false);
  assert.equal(table.valueOf(entry), 'value+1');
  assert.equal(table.canAppend(entry, '+2'), false);
  table.replace(entry, 'value');
  assert.equal(table.canAppend(entry, '+2'), true);
});

test('no value grows longer than a string can be', () => {
  const table = new SessionTable({ slots: 1 });
  const overQuarter = 'x'.repeat(Math.floor(constants.MAX_STRING_LENGTH / 4) + 1);
  const entry = addTo(table, 'a', overQuarter);
  for (let i = 0; i < 2; i++) {
    assert.equal(table.canAppend(entry, overQuarter), true);
    table.append(entry, overQuarter);
  }
  assert.equal(table.canAppend(entry, 'x'), true);
  assert.equal(table.canAppend(entry, overQuarter), false);
  assert.equal(table.valueOf(entry).length, 3 * overQuarter.length);
});

test('table that was cleared is empty, takes nothing, and is used on', () => {
  const table = new SessionTable({ slots: 2 });
  for (let i = 0; i < 5_000; i++) table.append(addTo(table, `${i}`, 'value', i % 2), '+');
  table.clear();
  assert.deepEqual([table.size, table.bytes, table.find(1, '7')], [0, 0, undefined]);
  assert.deepEqual(table.recordBytes, { taken: 0, live: 0 });
  const entry = addTo(table, '7', 'again');
  assert.deepEqual([table.size, table.valueOf(entry)], [1, 'again']);
});

test('table agrees with a Map, in bounded memory, whatever is done with it', () => {
  fc.assert(
    fc.property(TableModel.anySteps(), (steps) => {
      const model = new TableModel();
      for (const step of steps) model.apply(step);
      model.check();
      model.checkEnd();
    }),
    { numRuns: 300 },
  );
});

test('table that runs out of memory again and again agrees with a Map all the same', () => {
  fc.assert(
    fc.property(
      TableModel.anySteps(),
      fc.array(fc.nat(12), { minLength: 1, maxLength: 20 }),
      (steps, buffersLeft) => {
        const model = new TableModel();
        for (const [i, step] of steps.entries()) {
          model.buffersLeft = buffersLeft[i % buffersLeft.length] ?? 0;
          model.apply(step);
        }
        model.buffersLeft = Number.POSITIVE_INFINITY;
        model.check();
        model.checkEnd();
      },
    ),
    { numRuns: 300 },
  );
});

test('table of many sessions keeps all of them through removals, in bounded memory', () => {
  const table = new SessionTable({ slots: 8 });
  const count = ROWS_PER_CHUNK + 10_000;
  const valueAt = (i: number) => `${i}:`.padEnd(100 + (i % 90), 'x');
  for (let i = 0; i < count; i++) addTo(table, `session ${i}`, valueAt(i), i % 8);
  for (let i = 0; i < count; i++) {
    const entry = table.find(i % 8, `session ${i}`);
    assert(entry !== undefined);
    if (i % 10 !== 0) table.remove(entry);
  }
  assert.equal(table.size, Math.ceil(count / 10));
  for (let i = 0; i < count; i += 10) {
    const entry = table.find(i % 8, `session ${i}`);
    assert(entry !== undefined);
    assert.equal(table.valueOf(entry), valueAt(i));
  }
  const { taken, live } = table.recordBytes;
  assert(taken <= (8 / 7) * live + 7 * 2 ** 20, `${taken} for ${live}`);
});
