import assert from 'node:assert/strict';
import fc from 'fast-check';
import { RecordKind } from '../../../src/shard/journal/journal-record.js';
import { createSnapshot } from '../../../src/shard/journal/new-file.js';
import { SimulatedDisk } from '../../twins/simulated-disk.js';
import {
  appendNumbered,
  appendSynced,
  BOOT_ID,
  DIRECTORY,
  FILE_SET,
  loadAll,
  numbersOf,
  OTHER_BOOT_ID,
  range,
} from './written-journal.js';

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
export function writtenDisk(): SimulatedDisk {
  const disk = new SimulatedDisk();
  for (let process = 0; process < 3; process++) {
    const { log } = loadAll(disk);
    appendNumbered(log, 20 * process, 20 * process + 12);
    appendSynced(log);
    appendNumbered(log, 20 * process + 12, 20 * process + 20);
  }
  return disk;
}

/** The first forty records in a snapshot, the others in two logs. */
function diskWithSnapshot(): SimulatedDisk {
  const disk = new SimulatedDisk();
  const { log } = loadAll(disk);
  const options = {
    disk,
    directory: DIRECTORY,
    shard: 0,
    bootId: BOOT_ID,
    fileSet: FILE_SET,
    encryptionKey: undefined,
  };
  const snapshot = createSnapshot(options, 1);
  appendNumbered(snapshot, 0, 40);
  snapshot.append(RecordKind.SNAPSHOT_END, 0, 40, '', '');
  snapshot.write();
  disk.rename(`${DIRECTORY}/shard-0.1.snapshot.tmp`, `${DIRECTORY}/shard-0.1.snapshot`);
  appendNumbered(log, 40, 50);
  appendSynced(log);
  appendNumbered(loadAll(disk).log, 50, 60);
  return disk;
}

export function isInOrder(numbers: readonly number[]): boolean {
  return numbers.every((number, i) => i === 0 || number > (numbers[i - 1] as number));
}

/** Journals of sixty records, and the names of their files. */
const JOURNALS = [
  { written: writtenDisk(), names: ['shard-0.1.log', 'shard-0.2.log', 'shard-0.3.log'] },
  { written: diskWithSnapshot(), names: ['shard-0.1.snapshot', 'shard-0.1.log', 'shard-0.2.log'] },
];

/**
 * Damages journals so often, each in up to three places: what is applied was written, in its order, or the load is
 * refused. Gives how many were refused.
 */
export function checkMutations(mutations: number, seed?: number): { readonly refused: number } {
  let refused = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...JOURNALS),
      fc.array(mutation, { minLength: 1, maxLength: 3 }),
      fc.boolean(),
      ({ written, names }, changes, same) => {
        const disk = written.afterKill();
        for (const one of changes) {
          const path = `${DIRECTORY}/${names[one.file]}`;
          disk.setBytes(path, mutate(disk.bytesOf(path), one));
        }
        const bootId = same ? BOOT_ID : OTHER_BOOT_ID;
        try {
          const numbers = numbersOf(loadAll(disk.afterKill(), { bootId }).records);
          // Without a repair nothing is left out before what is applied.
          assert.deepEqual(numbers, range(0, numbers.length));
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'ERR_JOURNAL_CORRUPT', String(error));
          refused++;
        }
        const { records } = loadAll(disk, { bootId, repair: true });
        assert.ok(isInOrder(numbersOf(records)));
      },
    ),
    { numRuns: mutations, ...(seed === undefined ? {} : { seed }) },
  );
  return { refused };
}
