import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  FILE_HEADER_BYTES,
  readFileHeader,
  writeFileHeader,
} from '../../../src/shard/journal/file-header.js';
import { RecordKind } from '../../../src/shard/journal/journal-record.js';
import { createSnapshot } from '../../../src/shard/journal/new-file.js';
import { SimulatedDisk } from '../../twins/simulated-disk.js';
import {
  appendNumbered,
  BOOT_ID,
  DIRECTORY,
  FILE_SET,
  type Loading,
  loadAll,
  numbersOf,
  OTHER_BOOT_ID,
  range,
} from './written-journal.js';

const KEY = new Uint8Array(32).fill(7);
const OTHER_SET = { id: 99, hasOlderFiles: false };

function pathOf(generation: number, kind: 'log' | 'snapshot' = 'log', shard = 0): string {
  return `${DIRECTORY}/shard-${shard}.${generation}.${kind}`;
}

/** The journal of a shard with ten records in each of its logs. */
function written(logs: number, loading: Loading = {}): SimulatedDisk {
  const disk = new SimulatedDisk();
  for (let log = 0; log < logs; log++) {
    appendNumbered(loadAll(disk, loading).log, 10 * log, 10 * log + 10);
  }
  return disk;
}

/** Records 0 to 19 in a snapshot of generation 2, which is that of the last log, records 20 to 29 in that log. */
function withSnapshot(): SimulatedDisk {
  const disk = written(1);
  const { log } = loadAll(disk);
  const options = { disk, directory: DIRECTORY, shard: 0, fileSet: FILE_SET, bootId: BOOT_ID };
  const snapshot = createSnapshot({ ...options, encryptionKey: undefined }, 2);
  appendNumbered(snapshot, 0, 20);
  snapshot.append(RecordKind.SNAPSHOT_END, 0, 20, '', '');
  snapshot.write();
  disk.rename(`${pathOf(2, 'snapshot')}.tmp`, pathOf(2, 'snapshot'));
  disk.remove(pathOf(1));
  appendNumbered(log, 20, 30);
  return disk;
}

function filesOf(disk: SimulatedDisk): Map<string, string> {
  const names = disk.list(DIRECTORY);
  return new Map(names.map((name) => [name, disk.bytesOf(`${DIRECTORY}/${name}`).toString('hex')]));
}

/** Refused with a text that has this in it, and nothing is changed; gives what a repair finds. */
function repaired(disk: SimulatedDisk, loading: Loading, message: RegExp): number[] {
  const before = filesOf(disk);
  for (const bootId of [BOOT_ID, OTHER_BOOT_ID]) {
    const expected = { code: 'ERR_JOURNAL_CORRUPT', message };
    assert.throws(() => loadAll(disk, { ...loading, bootId }), expected);
    assert.deepEqual(filesOf(disk), before);
  }
  const { records, isRepaired, names } = loadAll(disk, { ...loading, repair: true });
  assert.ok(isRepaired);
  // The store keeps these under another name.
  for (const name of names) assert.equal(disk.exists(`${DIRECTORY}/${name}`), true);
  return numbersOf(records);
}

describe('a shard whose files are missing', () => {
  for (const generationMin of [1, 3]) {
    it(`all of them, generation ${generationMin} expected: damage that names the shard; with repair it is empty`, () => {
      const message = new RegExp(
        `${DIRECTORY}: expected files of shard 0 up to generation ${generationMin} or a later one, got no file of this shard`,
      );
      assert.deepEqual(repaired(new SimulatedDisk(), { generationMin }, message), []);
    });
  }

  it('none are expected: is empty', () => {
    const { records, isRepaired } = loadAll(new SimulatedDisk(), { generationMin: 0 });
    assert.deepEqual([records, isRepaired], [[], false]);
  });

  it('a repair of a shard without files that ends before its snapshot is there: is refused again, and not taken for new', () => {
    const disk = new SimulatedDisk();
    loadAll(disk, { generationMin: 1, repair: true });
    assert.throws(() => loadAll(disk, { generationMin: 1 }), { code: 'ERR_JOURNAL_CORRUPT' });
  });

  it('older files are in their place: damage that names both generations; with repair they are kept', () => {
    const message = /shard 0 up to generation 4 or a later one, got files up to generation 2/;
    const disk = written(2);
    assert.deepEqual(repaired(disk, { generationMin: 4 }, message), range(0, 20));
    assert.ok(disk.exists(pathOf(5)), 'the next generation is behind what is expected');
  });

  it('the generation that is expected is there, or a later one: loads', () => {
    for (const generationMin of [1, 2, 3]) {
      const { records, isRepaired } = loadAll(written(3), { generationMin });
      assert.deepEqual([numbersOf(records), isRepaired], [range(0, 30), false]);
    }
    assert.equal(loadAll(withSnapshot(), { generationMin: 2 }).isRepaired, false);
  });

  it('snapshot: damage that names the log behind it', () => {
    const disk = withSnapshot();
    disk.remove(pathOf(2, 'snapshot'));
    assert.deepEqual(repaired(disk, {}, /shard-0\.2\.log/), range(20, 30));
  });

  it('snapshot and all logs but one: damage', () => {
    const disk = withSnapshot();
    appendNumbered(loadAll(disk).log, 30, 40);
    disk.remove(pathOf(2, 'snapshot'));
    disk.remove(pathOf(2));
    assert.deepEqual(repaired(disk, {}, /shard-0\.3\.log/), range(30, 40));
  });
});

describe('a file in the place of another', () => {
  /** The files of shard 1 of the same journal, and the place of each in that of shard 0. */
  for (const encryptionKey of [undefined, KEY]) {
    const how = encryptionKey === undefined ? '' : ', encrypted';

    it(`of another shard${how}: damage that names both; with repair the others are applied`, () => {
      const disk = written(3, { encryptionKey });
      const other = written(3, { encryptionKey, shard: 1 });
      disk.setBytes(pathOf(2), other.bytesOf(pathOf(2, 'log', 1)));
      const message =
        /shard-0\.2\.log: expected shard-0\.2\.log of file set 0000abcd, got shard-1\.2\.log of 0000abcd/;
      assert.deepEqual(repaired(disk, { encryptionKey }, message), [
        ...range(0, 10),
        ...range(20, 30),
      ]);
    });

    it(`of another file set${how}: damage that names both; with repair the others are applied`, () => {
      const disk = written(3, { encryptionKey });
      const other = written(3, { encryptionKey, fileSet: OTHER_SET });
      disk.setBytes(pathOf(3), other.bytesOf(pathOf(3)));
      const message =
        /expected shard-0\.3\.log of file set 0000abcd, got shard-0\.3\.log of 00000063/;
      assert.deepEqual(repaired(disk, { encryptionKey }, message), range(0, 20));
    });
  }

  it('encrypted, with the header that belongs there written before its records: damage', () => {
    for (const [path, loading] of [
      [pathOf(2, 'log', 1), { shard: 1 }],
      [pathOf(3), {}],
      [pathOf(2), { fileSet: OTHER_SET }],
    ] as const) {
      const disk = written(3, { encryptionKey: KEY });
      const other = written(3, { encryptionKey: KEY, ...loading }).bytesOf(path);
      const right = readFileHeader(disk.bytesOf(pathOf(2)));
      const found = readFileHeader(other);
      assert.ok(right !== undefined && found !== undefined);
      const forged = writeFileHeader({ ...right, salt: found.salt, identity: 0n });
      disk.setBytes(pathOf(2), Buffer.concat([forged, other.subarray(FILE_HEADER_BYTES)]));
      const expected = { code: 'ERR_JOURNAL_CORRUPT', message: /shard-0\.2\.log/ };
      assert.throws(() => loadAll(disk, { encryptionKey: KEY }), expected);
    }
  });

  it('of another generation: damage', () => {
    const disk = written(3);
    disk.setBytes(pathOf(2), disk.bytesOf(pathOf(3)));
    const message = /expected shard-0\.2\.log of .*, got shard-0\.3\.log of/;
    assert.deepEqual(repaired(disk, {}, message), [...range(0, 10), ...range(20, 30)]);
  });

  it('a snapshot of another shard, of another file set, a log in the place of a snapshot: damage', () => {
    for (const change of [
      (disk: SimulatedDisk) => disk.bytesOf(pathOf(2)),
      () => written(1, { shard: 1 }).bytesOf(pathOf(1, 'log', 1)),
      () => written(1, { fileSet: OTHER_SET }).bytesOf(pathOf(1)),
    ]) {
      const disk = withSnapshot();
      disk.setBytes(pathOf(2, 'snapshot'), change(disk));
      const message = /shard-0\.2\.snapshot: expected shard-0\.2\.snapshot of/;
      assert.deepEqual(repaired(disk, {}, message), range(20, 30));
    }
  });

  it('all files of two shards are swapped: both are damaged', () => {
    for (const shard of [0, 1]) {
      const other = written(2, { shard: 1 - shard });
      const disk = new SimulatedDisk();
      for (const generation of [1, 2]) {
        const bytes = other.bytesOf(pathOf(generation, 'log', 1 - shard));
        disk.setBytes(pathOf(generation, 'log', shard), bytes);
      }
      const expected = { code: 'ERR_JOURNAL_CORRUPT', message: /, got shard-[01]\.1\.log of/ };
      assert.throws(() => loadAll(disk, { shard }), expected);
    }
  });

  it('of no file set, as an older version wrote it: is read where older files are known to be, and nowhere else', () => {
    const older = { id: 0, hasOlderFiles: false };
    const disk = written(2, { fileSet: older });
    const mixed = { ...FILE_SET, hasOlderFiles: true };
    const { records, log } = loadAll(disk.afterKill(), { fileSet: mixed });
    assert.deepEqual(numbersOf(records), range(0, 20));
    assert.ok(log.size > 0);
    assert.throws(() => loadAll(disk), { code: 'ERR_JOURNAL_CORRUPT' });
  });
});
