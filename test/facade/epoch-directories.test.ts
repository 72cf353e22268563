import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import { beginEpoch, completeEpoch, listEpochs } from '../../src/facade/epoch-directories.js';
import {
  type JournalDirectory,
  type JournalDirectoryOptions,
  openJournalDirectory,
} from '../../src/facade/journal-directory.js';
import { readManifest, writeManifest } from '../../src/facade/journal-manifest.js';
import type { JournalManifest } from '../../src/facade/manifest-text.js';
import { manifestPath } from '../../src/shard/journal/lock-files.js';
import { SEED_BYTES } from '../../src/slots.js';
import { Random } from '../simulation/random.js';
import { ManualClock } from '../twins/manual-clock.js';
import { SimulatedDisk } from '../twins/simulated-disk.js';
import { LockWorld } from '../twins/simulated-lock-system.js';

const DIRECTORY = '/data/journal';
const DRAFTS = `${DIRECTORY}/holder-1`;
const RECORDS = Buffer.from('records');
const SEED = Buffer.alloc(SEED_BYTES, 9);
const MANIFEST: JournalManifest = {
  shards: 2,
  seed: SEED,
  epoch: 4,
  keyId: null,
  fileSetId: 7,
  hasOlderFiles: false,
  generations: [0, 0],
};
const FIRST_FORMAT = JSON.stringify({
  format: 1,
  shards: 2,
  seed: SEED.toString('hex'),
  epoch: 4,
  keyId: null,
});

function fileOf(epoch: number): string {
  return `${DIRECTORY}/epoch-${epoch}/shard-0.1.log`;
}

/** A journal in epoch 4, with files of these epochs. */
function journal(epochs: readonly number[], manifest = MANIFEST): SimulatedDisk {
  const disk = new SimulatedDisk();
  writeManifest(disk, DIRECTORY, manifest, DRAFTS);
  for (const epoch of epochs) disk.setBytes(fileOf(epoch), RECORDS);
  return disk;
}

function journalOfFirstFormat(epochs: readonly number[]): SimulatedDisk {
  const disk = journal(epochs);
  disk.setBytes(manifestPath(DIRECTORY), Buffer.from(FIRST_FORMAT));
  return disk;
}

function open(
  disk: SimulatedDisk,
  options: Partial<JournalDirectoryOptions> = {},
): JournalDirectory {
  const clock = new ManualClock();
  const world = new LockWorld(clock);
  return openJournalDirectory({
    disk,
    lockSystem: world.systemOf(world.start()),
    clock,
    directory: DIRECTORY,
    onLockError: assert.ifError,
    shards: 2,
    seed: SEED,
    encryptionKey: undefined,
    repair: false,
    ...options,
  });
}

function contentsOf(disk: SimulatedDisk): Record<string, string> {
  const paths = disk
    .list(DIRECTORY)
    .flatMap((name) => [name, ...disk.list(`${DIRECTORY}/${name}`).map((one) => `${name}/${one}`)]);
  return Object.fromEntries(
    paths
      .map((path) => `${DIRECTORY}/${path}`)
      .filter((path) => disk.exists(path))
      .map((path) => [path, disk.bytesOf(path).toString('latin1')]),
  );
}

describe('epochs that the manifest does not prove to be superseded', () => {
  const REFUSED: [string, () => SimulatedDisk, RegExp, string[]][] = [
    [
      'a later epoch that was in use, so that the manifest is an older one',
      () => journal([3, 4, 5]),
      /epoch-5: expected no epoch behind epoch-4/,
      [fileOf(5)],
    ],
    [
      'the epoch of the manifest is not there, and others are',
      () => journal([3, 5]),
      /epoch-4: expected the directory that .*manifest\.json names, got only epoch-3,epoch-5/,
      [fileOf(3), fileOf(5)],
    ],
    [
      'the same, of an older version',
      () => journalOfFirstFormat([3]),
      /epoch-4: expected the directory that/,
      [fileOf(3)],
    ],
    [
      'the manifest of another journal names an epoch to which this one was moving',
      () => {
        const disk = journal([3, 4]);
        beginEpoch(disk, DIRECTORY, 4, 8);
        return disk;
      },
      /epoch-4: expected files of file set 00000007.* got those of 00000008/,
      [fileOf(3)],
    ],
    [
      'files of more shards than the manifest says',
      () => {
        const disk = journal([4]);
        disk.setBytes(`${DIRECTORY}/epoch-4/shard-2.1.log`, RECORDS);
        return disk;
      },
      /epoch-4\/shard-2\.1\.log: expected files of 2 shards/,
      [`${DIRECTORY}/epoch-4/shard-2.1.log`],
    ],
  ];
  for (const [what, make, message, unproved] of REFUSED) {
    it(`${what}: ERR_JOURNAL_CORRUPT, and nothing is changed`, () => {
      const disk = make();
      const before = contentsOf(disk);
      assert.throws(() => open(disk), { code: 'ERR_JOURNAL_CORRUPT', message });
      assert.deepEqual(contentsOf(disk), before);
    });

    it(`${what}, repair: they are kept under another name, and told; the next start is clean`, () => {
      const disk = make();
      const { warnings, manifest } = open(disk, { repair: true });
      assert.equal(warnings.length, unproved.length);
      for (const path of unproved) {
        assert.equal(disk.exists(path), false);
        const kept = disk.list(DIRECTORY).filter((name) => name.endsWith('.damaged'));
        const inEpoch = disk.list(`${DIRECTORY}/epoch-4`).filter((n) => n.endsWith('.damaged'));
        assert.equal(kept.length + inEpoch.length, unproved.length);
      }
      disk.setBytes(fileOf(4), RECORDS);
      const again = open(disk);
      assert.deepEqual([again.warnings, again.manifest.epoch], [[], manifest.epoch]);
    });
  }

  it('a directory of which nothing is known to this lock holder, as a successor may have made it: stays', () => {
    const disk = journal([4]);
    const list = disk.list.bind(disk);
    let lists = 0;
    disk.list = (path) => {
      if (path === DIRECTORY && lists++ === 1) disk.setBytes(fileOf(9), RECORDS);
      return list(path);
    };
    open(disk);
    assert.ok(lists > 1 && disk.exists(fileOf(9)));
  });
});

describe('a manifest of format 1', () => {
  it('is written anew in format 2 with a file set; other epochs are kept under another name', () => {
    const disk = journalOfFirstFormat([3, 4, 5]);
    const { manifest, warnings } = open(disk);
    assert.ok(manifest.fileSetId > 0);
    assert.deepEqual(manifest, {
      ...MANIFEST,
      fileSetId: manifest.fileSetId,
      hasOlderFiles: true,
    });
    assert.deepEqual(readManifest(disk, DIRECTORY), manifest);
    assert.equal(warnings.length, 2);
    for (const epoch of [3, 5]) {
      const kept = `${DIRECTORY}/epoch-${epoch}.damaged/shard-0.1.log`;
      assert.deepEqual(disk.bytesOf(kept), RECORDS);
    }
    const again = open(disk);
    assert.deepEqual([again.manifest, again.warnings], [manifest, []]);
  });

  it('the first start ends at any step: the next one opens, and no epoch is lost', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const random = new Random(seed);
      const reaches = (): boolean => random.chance(0.5);
      const cut = { reaches, bytesOf: (length: number) => random.between(0, length) };
      const disk = journalOfFirstFormat([3, 4, 5]).settled();
      const check = (): void => {
        const after = disk.afterPowerCut(cut);
        assert.equal(open(after).manifest.epoch, 4);
        assert.deepEqual(after.bytesOf(fileOf(4)), RECORDS);
        // The twin may lose both names of what is renamed, so only a kill shows that all is kept.
        const killed = disk.afterKill();
        open(killed);
        const kept = Object.values(contentsOf(killed)).filter((text) => text === `${RECORDS}`);
        assert.equal(kept.length, 3);
      };
      disk.onChange = check;
      open(disk);
      check();
    }
  });
});

describe('a move to another epoch', () => {
  /** As `JournalOpening` does it. */
  function move(disk: SimulatedDisk): void {
    beginEpoch(disk, DIRECTORY, 5, 8);
    const file = disk.create(fileOf(5));
    file.write(RECORDS, 0, RECORDS.length, 0);
    file.sync();
    disk.syncDirectory(`${DIRECTORY}/epoch-5`);
    disk.syncDirectory(DIRECTORY);
    writeManifest(disk, DIRECTORY, { ...MANIFEST, epoch: 5, fileSetId: 8 }, DRAFTS);
    completeEpoch(disk, DIRECTORY, 5);
    disk.remove(fileOf(4));
  }

  it('ends at any step, killed or by a power cut, and so does the next start: the files that the manifest names are there', () => {
    const seen = new Set<number>();
    for (let seed = 1; seed <= 40; seed++) {
      const random = new Random(seed);
      const reaches = (): boolean => random.chance(0.5);
      const cut = { reaches, bytesOf: (length: number) => random.between(0, length) };
      const look = (disk: SimulatedDisk): void => {
        const { epochDirectory, manifest, warnings } = open(disk);
        seen.add(manifest.epoch);
        assert.deepEqual(disk.bytesOf(`${epochDirectory}/shard-0.1.log`), RECORDS);
        assert.deepEqual(warnings, []);
        const expected = { epochs: [manifest.epoch], unfinished: [] };
        assert.deepEqual(listEpochs(disk, DIRECTORY), expected);
      };
      const disk = journal([4]).settled();
      const end = (): void => {
        for (const after of [disk.afterKill(), disk.afterPowerCut(cut)]) {
          after.onChange = () => look(after.afterPowerCut(cut));
          look(after);
          look(after.afterPowerCut(cut));
        }
      };
      disk.onChange = end;
      move(disk);
      end();
    }
    assert.deepEqual([...seen].sort(), [4, 5]);
  });

  it('by a holder that may still run: the mark stays until none may, so that what it writes is known to be left over', () => {
    const disk = journal([4]);
    beginEpoch(disk, DIRECTORY, 5, 8);
    disk.setBytes(fileOf(5), RECORDS);
    const clock = new ManualClock();
    const world = new LockWorld(clock);
    const lockSystem = world.systemOf(world.start());
    lockSystem.makeDirectory(`${DIRECTORY}/cut-off-1`);
    const { lock } = open(disk, { lockSystem, clock });
    assert.ok(lock.mustFence);
    assert.deepEqual(listEpochs(disk, DIRECTORY), { epochs: [4], unfinished: [5] });
    // It goes on.
    disk.setBytes(fileOf(5), RECORDS);
    lock.endFence();
    lock.release();
    const { warnings } = open(disk, { lockSystem, clock });
    assert.deepEqual(warnings, []);
    assert.deepEqual(listEpochs(disk, DIRECTORY), { epochs: [4], unfinished: [] });
  });
});
