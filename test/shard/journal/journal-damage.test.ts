import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SimulatedDisk } from '../../twins/simulated-disk.js';
import { checkMutations, isInOrder, writtenDisk } from './mutations.js';
import {
  appendNumbered,
  appendSynced,
  DIRECTORY,
  loadAll,
  numbersOf,
  OTHER_BOOT_ID,
  range,
} from './written-journal.js';

const MUTATIONS = 5_000;
const POWER_CUTS = 2_000;

describe('a damaged journal', () => {
  const written = writtenDisk();

  it(`${MUTATIONS} mutations: what is applied was written, in its order, or the load is refused`, () => {
    assert.ok(checkMutations(MUTATIONS).refused > MUTATIONS / 10);
  });

  it('one flipped bit anywhere in the logs, repair: all but one record are applied, or but one log', () => {
    for (let file = 1; file <= 3; file++) {
      const path = `${DIRECTORY}/shard-0.${file}.log`;
      for (let at = 0; at < written.bytesOf(path).length; at += 3) {
        const disk = written.afterKill();
        const bytes = disk.bytesOf(path);
        bytes[at] = (bytes[at] as number) ^ (1 << (at % 8));
        const numbers = numbersOf(loadAll(disk, { repair: true }).records);
        assert.ok(isInOrder(numbers) && numbers.length >= 59, `byte ${at} of ${path}`);
      }
    }
  });
});

describe('a power cut', () => {
  it(`${POWER_CUTS} times: a prefix of what was written is applied, and all that was synced`, () => {
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          kind: fc.constant('write'),
          records: fc.integer({ min: 1, max: 5 }),
        }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('sync'), records: fc.constant(0) }) },
      {
        weight: 1,
        arbitrary: fc.record({ kind: fc.constant('restart'), records: fc.constant(0) }),
      },
    );
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 15 }),
        fc.infiniteStream(fc.nat(99)),
        fc.integer({ min: 1, max: 400 }),
        fc.boolean(),
        (steps, chances, writeBytesMax, vouched) => {
          const disk = new SimulatedDisk();
          disk.writeBytesMax = writeBytesMax;
          let { log } = loadAll(disk);
          let written = 0;
          let synced = 0;
          for (const { kind, records } of steps) {
            if (kind === 'write') {
              appendNumbered(log, written, written + records);
              written += records;
            } else if (kind === 'sync') {
              log.sync();
              synced = written;
              if (vouched) appendSynced(log);
            } else {
              log = loadAll(disk).log;
              synced = written;
            }
          }
          const chance = (): number => chances.next().value as number;
          const after = disk.afterPowerCut({
            reaches: () => chance() < 50,
            bytesOf: (length) => (chance() < 70 ? length : chance() % length),
          });
          const numbers = numbersOf(loadAll(after, { bootId: OTHER_BOOT_ID }).records);
          assert.deepEqual(numbers, range(0, numbers.length));
          assert.ok(
            numbers.length >= synced && numbers.length <= written,
            `${synced} ${numbers.length}`,
          );
          const again = loadAll(after, { bootId: OTHER_BOOT_ID });
          assert.deepEqual([numbersOf(again.records), again.tornBytes], [numbers, 0]);
        },
      ),
      { numRuns: POWER_CUTS },
    );
  });
});
