import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FILE_HEADER_BYTES, FileKind } from '../../../src/shard/journal/file-header.js';
import { RecordKind } from '../../../src/shard/journal/journal-record.js';
import { LogFile } from '../../../src/shard/journal/log-file.js';
import { SimulatedDisk } from '../../twins/simulated-disk.js';
import {
  append,
  appendNumbered,
  appendSynced,
  BOOT_ID,
  DIRECTORY,
  loadAll,
  newHeader,
  numbered,
  numbersOf,
  OTHER_BOOT_ID,
  range,
} from './written-journal.js';

const KEY = new Uint8Array(32).fill(7);

/** A disk on which three processes have each written ten records; the last ten are in the third log. */
function threeLogs(encryptionKey?: Uint8Array): SimulatedDisk {
  const disk = new SimulatedDisk();
  for (let process = 0; process < 3; process++) {
    const { log } = loadAll(disk, { encryptionKey });
    appendNumbered(log, 10 * process, 10 * process + 10);
  }
  return disk;
}

function pathOf(generation: number, kind: 'log' | 'snapshot' = 'log'): string {
  return `${DIRECTORY}/shard-0.${generation}.${kind}`;
}

function corruptAt(path: string, at?: number): (error: unknown) => boolean {
  return (error) => {
    const { code, message } = error as { code?: string; message: string };
    assert.equal(code, 'ERR_JOURNAL_CORRUPT', String((error as Error).stack));
    assert.ok(message.includes(path), message);
    if (at !== undefined) assert.ok(message.includes(`at byte ${at},`), message);
    return true;
  };
}

describe('loadJournal', () => {
  it('empty directory: applies nothing and begins a log', () => {
    const disk = new SimulatedDisk();
    const { records, generation, names, tornBytes, isRepaired } = loadAll(disk);
    assert.deepEqual([records, generation, names, tornBytes, isRepaired], [[], 1, [], 0, false]);
    assert.deepEqual(disk.list(DIRECTORY), ['shard-0.1.log']);
  });

  for (const encryptionKey of [undefined, KEY]) {
    const how = encryptionKey === undefined ? '' : ', encrypted';
    it(`several logs${how}: applies all records in the order in which they were written`, () => {
      const disk = threeLogs(encryptionKey);
      const { records, names, tornBytes } = loadAll(disk.afterKill(), { encryptionKey });
      assert.deepEqual(numbersOf(records), range(0, 30));
      assert.deepEqual(names, ['shard-0.1.log', 'shard-0.2.log', 'shard-0.3.log']);
      assert.equal(tornBytes, 0);
    });
  }

  it('encrypted: neither ids nor values are in the files', () => {
    const disk = threeLogs(KEY);
    for (const name of disk.list(DIRECTORY)) {
      const text = disk.bytesOf(`${DIRECTORY}/${name}`).toString('latin1');
      assert.doesNotMatch(text, /session-|value/);
    }
  });

  it('another key: the journal is damaged, and nothing is changed', () => {
    const disk = threeLogs(KEY);
    const before = disk.list(DIRECTORY).map((name) => disk.bytesOf(`${DIRECTORY}/${name}`));
    const encryptionKey = new Uint8Array(32).fill(8);
    assert.throws(() => loadAll(disk, { encryptionKey }), corruptAt(pathOf(1), FILE_HEADER_BYTES));
    assert.deepEqual(
      disk.list(DIRECTORY).map((name) => disk.bytesOf(`${DIRECTORY}/${name}`)),
      before,
    );
  });

  it('torn at any byte: what is before is applied, what is behind is cut, and says so', () => {
    const whole = threeLogs();
    const bytes = whole.bytesOf(pathOf(3));
    let before = 20;
    for (let size = FILE_HEADER_BYTES; size < bytes.length; size++) {
      const disk = whole.afterKill();
      disk.setBytes(pathOf(3), bytes.subarray(0, size));
      const { records, tornBytes } = loadAll(disk);
      const numbers = numbersOf(records);
      assert.deepEqual(numbers, range(0, numbers.length));
      assert.ok(numbers.length >= before && numbers.length <= before + 1);
      if (numbers.length > before) assert.equal(tornBytes, 0);
      before = numbers.length;
      assert.equal(disk.bytesOf(pathOf(3)).subarray(0, size - tornBytes).length, size - tornBytes);
      const again = loadAll(disk);
      assert.deepEqual([numbersOf(again.records), again.tornBytes], [numbers, 0]);
    }
    assert.equal(before, 29);
  });

  it('power is cut while what is torn is cut off: none of it comes back', () => {
    const written = new SimulatedDisk();
    const { log } = loadAll(written);
    appendNumbered(log, 0, 1);
    const holeAt = log.size;
    // As long as what the loader writes in its place.
    log.append(RecordKind.CLEAR, 0, 0, '', '');
    const holeEnd = log.size;
    appendNumbered(log, 1, 3);
    const bytes = Buffer.from(written.bytesOf(pathOf(1))).fill(0, holeAt, holeEnd);
    const disk = new SimulatedDisk();
    disk.setBytes(pathOf(1), bytes);
    disk.onChange = () => {
      for (let mask = 0; mask < 64; mask++) {
        let change = 0;
        const reaches = (): boolean => (mask & (1 << change++)) !== 0;
        const after = disk.afterPowerCut({ reaches, bytesOf: (length) => length });
        const { records } = loadAll(after, { bootId: Buffer.alloc(16, 3) });
        assert.deepEqual(numbersOf(records), [0]);
      }
    };
    loadAll(disk, { bootId: OTHER_BOOT_ID });
  });

  it('a log without a whole header behind one that does not name it: was never begun', () => {
    const disk = threeLogs();
    disk.setBytes(pathOf(4), Buffer.alloc(100));
    const { records, tornBytes, generation } = loadAll(disk);
    assert.deepEqual([numbersOf(records), tornBytes, generation], [range(0, 30), 0, 5]);
    assert.equal(disk.exists(pathOf(4)), false);
  });

  it('one copy of a header is damaged: the other is used', () => {
    for (const at of [0, 30, 64 + 30]) {
      const disk = threeLogs();
      disk.bytesOf(pathOf(2))[at] = 0xff;
      assert.deepEqual(numbersOf(loadAll(disk).records), range(0, 30));
    }
  });

  for (const at of [FILE_HEADER_BYTES + 3, FILE_HEADER_BYTES + 20, 400]) {
    it(`byte ${at} of the first log is wrong: refuses to load, names file and offset, changes nothing`, () => {
      const disk = threeLogs();
      const bytes = disk.bytesOf(pathOf(1));
      bytes[at] = (bytes[at] as number) ^ 0x40;
      const before = Buffer.from(bytes);
      assert.throws(() => loadAll(disk), corruptAt(pathOf(1)));
      assert.deepEqual(disk.bytesOf(pathOf(1)), before);
      assert.equal(disk.list(DIRECTORY).length, 3);
    });

    it(`byte ${at} of the first log is wrong, repair: all other records are applied`, () => {
      const disk = threeLogs();
      const bytes = disk.bytesOf(pathOf(1));
      bytes[at] = (bytes[at] as number) ^ 0x40;
      const { records, droppedBytes, isRepaired } = loadAll(disk, { repair: true });
      assert.equal(numbersOf(records).length, 29);
      assert.ok(droppedBytes > 30 && droppedBytes < 200 && isRepaired);
    });
  }

  it('a hole in what was written before the machine has started anew: the log ends there', () => {
    const disk = threeLogs();
    const bytes = disk.bytesOf(pathOf(3));
    bytes.fill(0, FILE_HEADER_BYTES + 60, FILE_HEADER_BYTES + 70);
    const { records, tornBytes } = loadAll(disk.afterKill(), { bootId: OTHER_BOOT_ID });
    assert.ok(numbersOf(records).length >= 20 && numbersOf(records).length < 30);
    assert.ok(tornBytes > 0);
    assert.throws(() => loadAll(disk, { bootId: BOOT_ID }), corruptAt(pathOf(3)));
  });

  it('a hole that SYNCED vouches for: is damage, however often the machine has started', () => {
    const disk = new SimulatedDisk();
    const { log } = loadAll(disk);
    appendNumbered(log, 0, 10);
    appendSynced(log);
    disk.bytesOf(pathOf(1)).fill(0, FILE_HEADER_BYTES + 60, FILE_HEADER_BYTES + 70);
    assert.throws(() => loadAll(disk, { bootId: OTHER_BOOT_ID }), corruptAt(pathOf(1)));
  });

  it('a boot id that is not known vouches for nothing', () => {
    const disk = new SimulatedDisk();
    const bootId = Buffer.alloc(16);
    const { log } = loadAll(disk, { bootId });
    appendNumbered(log, 0, 10);
    disk.bytesOf(pathOf(1)).fill(0, FILE_HEADER_BYTES + 60, FILE_HEADER_BYTES + 70);
    assert.ok(loadAll(disk, { bootId }).tornBytes > 0);
  });

  it('records that are there twice, or moved: damage; with repair each is applied once', () => {
    const disk = threeLogs();
    const bytes = disk.bytesOf(pathOf(1));
    const part = bytes.subarray(FILE_HEADER_BYTES, 500);
    disk.setBytes(pathOf(1), Buffer.concat([bytes.subarray(0, 500), part, bytes.subarray(500)]));
    assert.throws(() => loadAll(disk.afterKill()), corruptAt(pathOf(1)));
    const numbers = numbersOf(loadAll(disk, { repair: true }).records);
    assert.deepEqual(
      numbers,
      [...new Set(numbers)].sort((a, b) => a - b),
    );
    assert.ok(numbers.length >= 29);
  });

  for (const missing of [1, 2, 3]) {
    it(`log ${missing} of 3 is missing: damage`, () => {
      const disk = threeLogs();
      disk.remove(pathOf(missing));
      assert.throws(() => loadAll(disk), corruptAt(DIRECTORY));
      const { records } = loadAll(disk, { repair: true });
      assert.equal(numbersOf(records).length, 20);
    });
  }

  describe('with a snapshot', () => {
    /** Logs 1 to 3, and a snapshot of generation 3, which has records 100 to 109. */
    function withSnapshot(sessions = 10, isEnded = true): SimulatedDisk {
      const disk = threeLogs();
      const header = newHeader(FileKind.SNAPSHOT, 3, false);
      const snapshot = new LogFile(disk, pathOf(3, 'snapshot'), header, undefined);
      appendNumbered(snapshot, 100, 100 + sessions);
      if (isEnded) snapshot.append(RecordKind.SNAPSHOT_END, 0, sessions, '', '');
      snapshot.write();
      return disk;
    }

    it('applies it and the logs from its generation on, and removes what is before', () => {
      const disk = withSnapshot();
      const { records, names } = loadAll(disk);
      assert.deepEqual(numbersOf(records), [...range(100, 110), ...range(20, 30)]);
      assert.deepEqual(names, ['shard-0.3.snapshot', 'shard-0.3.log']);
      assert.deepEqual(disk.list(DIRECTORY).sort(), [
        'shard-0.3.log',
        'shard-0.3.snapshot',
        'shard-0.4.log',
      ]);
      assert.deepEqual(numbersOf(loadAll(disk).records), numbersOf(records));
    });

    it('one that was never completed is removed', () => {
      const disk = threeLogs();
      disk.setBytes(`${pathOf(3, 'snapshot')}.tmp`, Buffer.alloc(500));
      assert.deepEqual(numbersOf(loadAll(disk).records), range(0, 30));
      assert.equal(disk.exists(`${pathOf(3, 'snapshot')}.tmp`), false);
    });

    for (const [what, damage] of [
      ['is cut', (bytes: Buffer) => bytes.subarray(0, bytes.length - 1)],
      ['has no end', (bytes: Buffer) => bytes.subarray(0, bytes.length - 32)],
      ['is empty', () => Buffer.alloc(0)],
      ['has a wrong byte', (bytes: Buffer) => Buffer.from(bytes).fill(1, 300, 301)],
      ['has more behind its end', (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(1)])],
    ] as const) {
      it(`one that ${what}: damage, which a repair passes`, () => {
        const disk = withSnapshot();
        disk.setBytes(pathOf(3, 'snapshot'), damage(disk.bytesOf(pathOf(3, 'snapshot'))));
        assert.throws(() => loadAll(disk), corruptAt(pathOf(3, 'snapshot')));
        const { records, isRepaired } = loadAll(disk, { repair: true });
        assert.ok(isRepaired && numbersOf(records).length >= 10);
      });
    }

    it('without the log of its generation: damage', () => {
      const disk = withSnapshot();
      disk.remove(pathOf(3));
      assert.throws(() => loadAll(disk), corruptAt(DIRECTORY));
      assert.deepEqual(numbersOf(loadAll(disk, { repair: true }).records), range(100, 110));
    });
  });

  it('a log after a gap: is of no use without the snapshot of its generation', () => {
    const disk = threeLogs();
    const header = newHeader(FileKind.LOG, 4, true);
    const log = new LogFile(disk, pathOf(4), header, undefined);
    append(log, numbered(50));
    log.write();
    const { records, tornBytes } = loadAll(disk);
    assert.deepEqual(numbersOf(records), range(0, 30));
    assert.ok(tornBytes > 0);
  });
});
