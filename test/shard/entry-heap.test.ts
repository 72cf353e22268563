import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Rows } from '../../src/shard/column.js';
import { EntryHeap } from '../../src/shard/entry-heap.js';

function createHeap(deadlines: readonly number[]): EntryHeap {
  const positions = new Rows(8).words(0);
  positions.reach(Math.max(0, deadlines.length - 1));
  return new EntryHeap((entry) => deadlines[entry] ?? Number.NaN, positions);
}

test('heap without entries has no first one', () => {
  assert.equal(createHeap([]).first, undefined);
});

test('heap that was cleared has no first one, and is used on', () => {
  const heap = createHeap([3, 2, 1]);
  for (const entry of [0, 1, 2]) heap.add(entry);
  heap.clear();
  assert.equal(heap.first, undefined);
  heap.add(1);
  assert.equal(heap.first, 1);
});

test('heap gives entries in the order of their deadlines, whichever are removed before', () => {
  const anyEntry = fc.record({ deadlineMs: fc.nat(50), removed: fc.boolean() });
  fc.assert(
    fc.property(fc.array(anyEntry, { maxLength: 60 }), (entries) => {
      const heap = createHeap(entries.map(({ deadlineMs }) => deadlineMs));
      for (const entry of entries.keys()) heap.add(entry);
      for (const [entry, { removed }] of entries.entries()) if (removed) heap.remove(entry);
      const kept = entries.filter(({ removed }) => !removed).map(({ deadlineMs }) => deadlineMs);
      for (const deadlineMs of kept.sort((one, other) => one - other)) {
        const first = heap.first;
        assert(first !== undefined);
        assert.equal(entries[first]?.deadlineMs, deadlineMs);
        heap.remove(first);
      }
      assert.equal(heap.first, undefined);
    }),
    { numRuns: 1_000 },
  );
});
