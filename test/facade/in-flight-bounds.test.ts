import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IN_FLIGHT_BOUNDS, inFlightBoundsFor } from '../../src/facade/in-flight-bounds.js';

const MIB = 2 ** 20;
const GIB = 2 ** 30;
const ONE = { shards: 1, sessionBytesMax: MIB };

test('with memory to spare one shard may have as much as ever', () => {
  const bounds = inFlightBoundsFor({ ...ONE, heapBytes: 3 * GIB, memoryBytes: 16 * GIB });
  assert.deepEqual(bounds, { ...IN_FLIGHT_BOUNDS, totalBytesMax: GIB });
});

test('small heap bounds what is in flight to all shards to a third of it', () => {
  for (const mib of [24, 96, 192, 384]) {
    const bounds = inFlightBoundsFor({ ...ONE, heapBytes: mib * MIB, memoryBytes: 16 * GIB });
    assert.equal(bounds.totalBytesMax, (mib / 3) * MIB);
    assert(bounds.bytesMax <= bounds.totalBytesMax);
    assert(bounds.postedBytesMax <= (mib / 8) * MIB);
  }
});

test('small container bounds it to an eighth of its memory, whatever the heap may be', () => {
  const bounds = inFlightBoundsFor({ ...ONE, heapBytes: 4 * GIB, memoryBytes: 256 * MIB });
  assert.deepEqual([bounds.totalBytesMax, bounds.bytesMax], [32 * MIB, 32 * MIB]);
});

test('replies that were not read take at most a sixteenth of the memory, over all shards', () => {
  const replyBytesOf = (shards: number, memoryBytes: number) =>
    inFlightBoundsFor({ ...ONE, shards, heapBytes: GIB, memoryBytes }).replyBytesMax;
  assert.equal(replyBytesOf(1, 16 * GIB), MIB);
  assert.equal(replyBytesOf(7, 224 * MIB), MIB / 2);
  assert.equal(replyBytesOf(1_024, 224 * MIB), 16_384);
});

test('calls of a server are so few that their replies fit into a sixteenth of the memory, but some', () => {
  const callsOf = (memoryBytes: number, shards: number, sessionBytesMax: number) =>
    inFlightBoundsFor({ shards, sessionBytesMax, heapBytes: GIB, memoryBytes }).remoteCallsMax;
  assert.equal(callsOf(64 * GIB, 1, MIB), 256);
  assert.equal(callsOf(512 * MIB, 1, MIB), 16);
  assert.equal(callsOf(512 * MIB, 2, 256 * MIB), 4);
});
