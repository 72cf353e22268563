import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SimulatedDisk } from '../../twins/simulated-disk.js';
import {
  appendNumbered,
  appendSynced,
  BOOT_ID,
  DIRECTORY,
  loadAll,
  numbersOf,
  OTHER_BOOT_ID,
  range,
} from './written-journal.js';

const MUTATIONS = 20_000;
const POWER_CUTS = 2_000;

/** What may happen to bytes on a disk. */
const mutation = fc.record({
  kind: fc.constantFrom('flip', 'cut', 'duplicate', 'zero', 'remove', 'random'),
  file: fc.nat(2),
  // Parts of the file.
  from: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.integer({ min: 1, max: 200 }),
  bit: fc.nat(7),
});
type Mutation = typeof mutation extends fc.Arbitrary<infer M> ? M : never;

function mutate(bytes: Buffer, { kind, from, length, bit }: Mutation): Buffer {
  const start = Math.floor(from * bytes.length);
  const end = Math.min(bytes.length, start + length);
  const [before, hit, after] = [
    bytes.subarray(0, start),
    bytes.subarray(start, end),
    bytes.subarray(end),
  ];
  switch (kind) {
    case 'flip': {
      const flipped = Buffer.from(bytes);
      if (start < bytes.length) flipped[start] = (bytes[start] as number) ^ (1 << bit);
      return flipped;
    }
    case 'cut':
      return Buffer.from(before);
    case 'duplicate':
      return Buffer.concat([before, hit, hit, after]);
    case 'zero':
      return Buffer.concat([before, Buffer.alloc(hit.length), after]);
    case 'remove':
      return Buffer.concat([before, after]);
    default:
      return Buffer.concat([
        before,
        Buffer.from(hit.map((byte, i) => (byte * 31 + i * bit) & 0xff)),
        after,
      ]);
  }
}

/** Three logs of twenty records each, some of them synced. */
function writtenDisk(): SimulatedDisk {
  const disk = new SimulatedDisk();
  for (let process = 0; process < 3; process++) {
    const { log } = loadAll(disk);
    appendNumbered(log, 20 * process, 20 * process + 12);
    appendSynced(log);
    appendNumbered(log, 20 * process + 12, 20 * process + 20);
  }
  return disk;
}

function isInOrder(numbers: readonly number[]): boolean {
  return numbers.every((number, i) => i === 0 || number > (numbers[i - 1] as number));
}

describe('a damaged journal', () => {
  const written = writtenDisk();

  it(`${MUTATIONS} mutations: what is applied was written, in its order, or the load is refused`, () => {
    fc.assert(
      fc.property(
        fc.array(mutation, { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        (mutations, same) => {
          const disk = written.afterKill();
          for (const one of mutations) {
            const path = `${DIRECTORY}/shard-0.${1 + one.file}.log`;
            disk.setBytes(path, mutate(disk.bytesOf(path), one));
          }
          const bootId = same ? BOOT_ID : OTHER_BOOT_ID;
          try {
            const { records } = loadAll(disk.afterKill(), { bootId });
            const numbers = numbersOf(records);
            // Without a repair nothing is left out before what is applied.
            assert.deepEqual(numbers, range(0, numbers.length));
          } catch (error) {
            assert.equal((error as { code?: string }).code, 'ERR_JOURNAL_CORRUPT', String(error));
          }
          const { records } = loadAll(disk, { bootId, repair: true });
          assert.ok(isInOrder(numbersOf(records)));
        },
      ),
      { numRuns: MUTATIONS },
    );
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
