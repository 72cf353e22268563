import assert from 'node:assert/strict';
import { constants } from 'node:buffer';
import { test } from 'node:test';
import { bytesOfSession } from '../../src/shard/session-bytes.js';
import { SessionTable } from '../../src/shard/session-table.js';

function addTo(table: SessionTable, id: string, value: string, slot = 0): number {
  return table.add(slot, id, value, bytesOfSession(id, value));
}

function append(table: SessionTable, entry: number, addition: string): void {
  table.append(entry, addition, table.bytesToAppend(entry, addition));
}

test('table finds a session by slot and id', () => {
  const table = new SessionTable(2);
  const entry = addTo(table, 'a', 'value', 1);
  assert.equal(table.find(1, 'a'), entry);
  assert.equal(table.find(0, 'a'), undefined);
  assert.equal(table.valueOf(entry), 'value');
});

test('table uses the entry of a session that was removed again, with nothing left of it', () => {
  const table = new SessionTable(1);
  const entry = addTo(table, 'a', 'value');
  append(table, entry, '+');
  table.end(entry);
  table.remove(entry);
  assert.deepEqual([table.size, table.bytes, table.find(0, 'a')], [0, 0, undefined]);
  assert.equal(addTo(table, 'b', 'other'), entry);
  assert.equal(table.valueOf(entry), 'other');
  assert.equal(table.canAppend(entry, '+'), true);
});

test('table counts the bytes of additions until they are replaced', () => {
  const table = new SessionTable(1);
  const entry = addTo(table, 'a', 'value');
  const bytes = table.bytes;
  append(table, entry, '+1');
  append(table, entry, '+2');
  const apart = table.bytes;
  assert.equal(table.valueOf(entry), 'value+1+2');
  assert.equal(table.bytes, bytesOfSession('a', 'value+1+2'));
  assert(apart > table.bytes);
  append(table, entry, '+3');
  assert.equal(table.bytesOf(entry), table.bytes);
  table.replace(entry, 'value', bytes);
  assert.deepEqual([table.valueOf(entry), table.bytes], ['value', bytes]);
});

test('table looks only at the value for its head', () => {
  const table = new SessionTable(1);
  const entry = addTo(table, 'a', 'head');
  append(table, entry, '+1');
  assert.equal(table.startsWith(entry, 'head'), true);
  assert.equal(table.startsWith(entry, 'head+'), false);
});

test('value that was ended takes no additions until it is replaced', () => {
  const table = new SessionTable(1);
  const entry = addTo(table, 'a', 'value');
  append(table, entry, '+1');
  table.end(entry);
  assert.equal(table.canAppend(entry, '+2'), false);
  assert.equal(table.valueOf(entry), 'value+1');
  assert.equal(table.canAppend(entry, '+2'), false);
  table.replace(entry, 'value', bytesOfSession('a', 'value'));
  assert.equal(table.canAppend(entry, '+2'), true);
});

test('no value grows longer than a string can be', () => {
  const table = new SessionTable(1);
  const overQuarter = 'x'.repeat(Math.floor(constants.MAX_STRING_LENGTH / 4) + 1);
  const entry = addTo(table, 'a', overQuarter);
  for (let i = 0; i < 2; i++) {
    assert.equal(table.canAppend(entry, overQuarter), true);
    append(table, entry, overQuarter);
  }
  assert.equal(table.canAppend(entry, 'x'), true);
  assert.equal(table.canAppend(entry, overQuarter), false);
});

test('table that was cleared is empty, and is used on', () => {
  const table = new SessionTable(2);
  for (let i = 0; i < 5_000; i++) append(table, addTo(table, `${i}`, 'value', i % 2), '+');
  table.clear();
  assert.deepEqual([table.size, table.bytes, table.find(1, '7')], [0, 0, undefined]);
  const entry = addTo(table, '7', 'again');
  assert.deepEqual([table.size, table.valueOf(entry)], [1, 'again']);
});
