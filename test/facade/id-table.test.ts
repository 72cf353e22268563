import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Chained, IdTable } from '../../src/facade/id-table.js';

interface Entry extends Chained<Entry> {
  readonly number: number;
}

let entries = 0;

function entryOf(id: string, hash: number): Entry {
  return { id, hash, number: entries++, next: undefined };
}

/** Few values, at both ends of what 32 bits hold, so that entries share buckets. */
const hashes = fc.constantFrom(0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 1 << 24);

test('table finds what a Map finds, whatever comes and goes', () => {
  const command = fc.record({
    act: fc.constantFrom('add', 'add', 'remove', 'find', 'clear'),
    id: fc.nat({ max: 40 }).map(String),
    hash: hashes,
  });
  const property = fc.property(fc.array(command, { maxLength: 200 }), (commands) => {
    const table = new IdTable<Entry>();
    const model = new Map<string, Entry>();
    const hashOfId = new Map<string, number>();
    for (const { act, id, hash } of commands) {
      if (!hashOfId.has(id)) hashOfId.set(id, hash);
      const ownHash = hashOfId.get(id) ?? hash;
      const known = model.get(id);
      if (act === 'clear' && hash === 0) {
        table.clear();
        model.clear();
      } else if (act === 'add' && known === undefined) {
        const entry = entryOf(id, ownHash);
        table.add(entry);
        model.set(id, entry);
      } else if (act === 'remove') {
        table.remove(known ?? entryOf(id, ownHash));
        model.delete(id);
      }
      assert.equal(table.find(ownHash, id), model.get(id));
      assert.equal(table.size, model.size);
    }
    for (const [id, entry] of model) assert.equal(table.find(entry.hash, id), entry);
  });
  fc.assert(property, { numRuns: 300 });
});

test('table with many more entries than it began with: all are found, and all can go', () => {
  const table = new IdTable<Entry>();
  const all = Array.from({ length: 5_000 }, (_, i) => entryOf(`id ${i}`, Math.imul(i, 0x9e3779b1)));
  for (const entry of all) table.add(entry);
  for (const entry of all) assert.equal(table.find(entry.hash, entry.id), entry);
  for (const entry of all) table.remove(entry);
  assert.equal(table.size, 0);
  for (const entry of all) assert.equal(table.find(entry.hash, entry.id), undefined);
});

test('entry that is removed twice, or whose place another one has taken: the other one stays', () => {
  const table = new IdTable<Entry>();
  const first = entryOf('a', 7);
  const second = entryOf('a', 7);
  table.add(first);
  table.remove(first);
  table.add(second);
  table.remove(first);
  assert.equal(table.find(7, 'a'), second);
  assert.equal(table.size, 1);
});
