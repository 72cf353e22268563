import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../../src/shard/journal/new-file.js';
import { slotSteps, snapshotSteps } from '../../../src/shard/journal/snapshot-writer.js';
import { MemoryStore } from '../../../src/shard/memory-store.js';
import { ManualClock } from '../../twins/manual-clock.js';
import { SimulatedDisk } from '../../twins/simulated-disk.js';
import { BOOT_ID, DIRECTORY, FILE_SET, loadAll } from './written-journal.js';

const SESSIONS = 3_000;

function setUp() {
  const clock = new ManualClock();
  const disk = new SimulatedDisk();
  const memory = new MemoryStore({ shard: 0, shards: 1, purgeIntervalMs: 1_000, clock });
  const file = createLog(
    {
      disk,
      directory: DIRECTORY,
      shard: 0,
      fileSet: FILE_SET,
      bootId: BOOT_ID,
      encryptionKey: undefined,
    },
    1,
    { isFirst: true, isAfterGap: false },
  );
  const set = (slot: number, id: string, value = 'value') =>
    assert.ok(memory.set(slot, id, value, clock.now() + 1_000));
  return { memory, file, set, written: () => loadAll(disk).records };
}

test('slotSteps: a large slot takes several steps, each of a bounded number of sessions', () => {
  const { memory, file, set } = setUp();
  for (let i = 0; i < SESSIONS; i++) set(5, `id-${i}`);
  const sizes: number[] = [];
  for (const _ of slotSteps({ memory, shard: 0, shards: 1 }, 5, file)) sizes.push(file.size);
  assert.equal(sizes.length, Math.ceil(SESSIONS / 256) - 1);
});

test('slotSteps: large sessions take a step for each megabyte', () => {
  const { memory, file, set } = setUp();
  for (let i = 0; i < 30; i++) set(5, `id-${i}`, 'x'.repeat(300_000));
  assert.equal([...slotSteps({ memory, shard: 0, shards: 1 }, 5, file)].length, 7);
});

test('slotSteps: sessions that take the place of deleted ones between two steps are not taken for them', () => {
  const { memory, file, set, written } = setUp();
  for (let i = 0; i < SESSIONS; i++) set(5, `id-${i}`);
  const steps = slotSteps({ memory, shard: 0, shards: 1 }, 5, file);
  steps.next();
  const before = new Set(written().map(({ id }) => id));
  for (let i = 0; i < SESSIONS; i++) {
    if (!before.has(`id-${i}`)) memory.delete(5, `id-${i}`);
    set(6, `other-${i}`);
  }
  while (steps.next().done !== true);
  const ids = written().map(({ id }) => id);
  assert.deepEqual(new Set(ids), before);
  assert.equal(ids.length, before.size);
});

test('snapshotSteps: gives others a turn between any two slots', () => {
  const { memory, file, set } = setUp();
  set(0, 'first');
  set(1_023, 'last');
  assert.equal([...snapshotSteps({ memory, shard: 0, shards: 1 }, file)].length, 1_024);
});
