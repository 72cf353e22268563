import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  createSeed,
  createSlotHash,
  SEED_BYTES,
  SESSION_ID_LENGTH_MAX,
  SLOT_COUNT,
  shardOfSlot,
  slotsOfShard,
  slotWithinShard,
} from '../src/slots.js';

const ZERO_SEED = new Uint8Array(SEED_BYTES);

function countBySlot(ids: Iterable<string>): Uint32Array {
  const slotOf = createSlotHash(ZERO_SEED);
  const counts = new Uint32Array(SLOT_COUNT);
  for (const id of ids) {
    const slot = slotOf(id);
    counts[slot] = (counts[slot] ?? 0) + 1;
  }
  return counts;
}

test('slot of an id with a given seed stays what earlier versions stored', () => {
  const slotOf = createSlotHash(ZERO_SEED);
  const ids = ['a', 'b', '', '__proto__', 'c3a1f4f0-6a6b-4d9e-8d5b-0f1d2c3b4a59', '\u{1f600}'];
  assert.deepEqual(ids.map(slotOf), [1015, 672, 242, 703, 583, 309]);
});

test('slot of any id is a whole number below the slot count, the same each time', () => {
  const slotOf = createSlotHash(createSeed());
  const anyId = fc.string({ unit: 'binary', maxLength: SESSION_ID_LENGTH_MAX });
  fc.assert(
    fc.property(anyId, (id) => {
      const slot = slotOf(id);
      assert(Number.isInteger(slot) && slot >= 0 && slot < SLOT_COUNT);
      assert.equal(slotOf(id), slot);
    }),
  );
});

test('slot of the longest id is found', () => {
  const slot = createSlotHash(ZERO_SEED)('\uffff'.repeat(SESSION_ID_LENGTH_MAX));
  assert(slot >= 0 && slot < SLOT_COUNT);
});

test('slots differ from seed to seed', () => {
  const one = createSlotHash(createSeed());
  const other = createSlotHash(createSeed());
  const ids = Array.from({ length: 100 }, (_, i) => `id ${i}`);
  assert.notDeepEqual(ids.map(one), ids.map(other));
});

test('slots of counted, random and padded ids are evenly filled', () => {
  const perSlot = 64;
  const total = SLOT_COUNT * perSlot;
  const families: [string, (i: number) => string][] = [
    ['counted', (i) => String(i)],
    ['with a common end', (i) => `${i}-session-of-a-user`],
    ['differing only in high bits', (i) => String.fromCharCode(i & 0xffff, i >>> 16)],
    ['of one character, by length', (i) => `${'x'.repeat(i % 1000)}${Math.floor(i / 1000)}`],
  ];
  for (const [name, idAt] of families) {
    const counts = countBySlot(Array.from({ length: total }, (_, i) => idAt(i)));
    // Five standard deviations of a fair throw: sqrt(64) = 8.
    assert(Math.max(...counts) < perSlot + 50, `ids ${name}: fullest ${Math.max(...counts)}`);
  }
});

test('ids that end in NUL characters do not share the slot of those that do not', () => {
  const counts = countBySlot(Array.from({ length: 1000 }, (_, i) => '\0'.repeat(i)));
  assert(Math.max(...counts) < 10);
});

for (const shards of [1, 2, 7, 1000, SLOT_COUNT]) {
  test(`slots over ${shards} shards: each has one owner and one place there`, () => {
    const places = new Set<string>();
    const owned = new Uint32Array(shards);
    for (let slot = 0; slot < SLOT_COUNT; slot++) {
      const shard = shardOfSlot(slot, shards);
      const place = slotWithinShard(slot, shards);
      assert(shard >= 0 && shard < shards);
      assert(place >= 0 && place < slotsOfShard(shard, shards));
      places.add(`${shard}:${place}`);
      owned[shard] = (owned[shard] ?? 0) + 1;
    }
    assert.equal(places.size, SLOT_COUNT);
    for (const [shard, count] of owned.entries()) assert.equal(count, slotsOfShard(shard, shards));
  });
}
