import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, test } from 'node:test';
import { runOnThisThread } from '../../src/disk-task.js';
import { SessionStorageError } from '../../src/errors.js';
import { beginEpoch } from '../../src/facade/epoch-directories.js';
import {
  type JournalDirectory,
  type JournalDirectoryOptions,
  openJournalDirectory,
  prepareDirectory,
} from '../../src/facade/journal-directory.js';
import { keyIdFor, writeManifest } from '../../src/facade/journal-manifest.js';
import { createNodeLockSystem } from '../../src/facade/node-lock-system.js';
import { NodeDisk } from '../../src/node-disk.js';
import { manifestPath } from '../../src/shard/journal/lock-files.js';
import { SEED_BYTES } from '../../src/slots.js';
import { Random } from '../simulation/random.js';
import { ManualClock } from '../twins/manual-clock.js';
import { SimulatedDisk } from '../twins/simulated-disk.js';
import { LockWorld } from '../twins/simulated-lock-system.js';

const realDisk = new NodeDisk({ runLater: runOnThisThread });

const DIRECTORY = '/data/journal';
const LOCK = `${DIRECTORY}/lock`;
const KEY = new Uint8Array(32).fill(7);
const SEED = new Uint8Array(SEED_BYTES).fill(3);
const DRAFTS = `${DIRECTORY}/holder-1`;
const RECORDS = Buffer.from('records');

function setUp(disk = new SimulatedDisk()) {
  const clock = new ManualClock();
  const world = new LockWorld(clock);
  const lockSystem = world.systemOf(world.start());
  const base = { disk, lockSystem, clock, directory: DIRECTORY, onLockError: assert.ifError };
  const open = (options: Partial<JournalDirectoryOptions> = {}): JournalDirectory =>
    openJournalDirectory({
      ...base,
      shards: 3,
      seed: SEED,
      encryptionKey: undefined,
      repair: false,
      ...options,
    });
  return { disk, clock, world, open };
}

/** A journal with records in epoch 4, and what moves have left over. */
function withEpochs(encryptionKey?: Uint8Array) {
  const disk = new SimulatedDisk();
  const seed = new Uint8Array(SEED_BYTES).fill(9);
  const manifest = {
    shards: 5,
    seed,
    epoch: 4,
    keyId: keyIdFor(encryptionKey),
    fileSetId: 7,
    hasOlderFiles: false,
    generations: [0, 0, 0, 0, 0],
  };
  writeManifest(disk, DIRECTORY, manifest, DRAFTS);
  for (const epoch of [5, 40]) beginEpoch(disk, DIRECTORY, epoch, 8);
  for (const epoch of [3, 4, 5, 40]) disk.setBytes(`${DIRECTORY}/epoch-${epoch}/a`, RECORDS);
  for (const name of ['epoch-x', 'my-epoch-3', 'epoch-3.txt'])
    disk.setBytes(`${DIRECTORY}/${name}`, RECORDS);
  return { ...setUp(disk), seed };
}

describe('openJournalDirectory', () => {
  it('new directory: a manifest with the seed, epoch 1 and the shards, and the lock', () => {
    const { disk, clock, world, open } = setUp();
    const { epochDirectory, manifest, lock } = open({ encryptionKey: KEY });
    assert.equal(epochDirectory, `${DIRECTORY}/epoch-1`);
    const { fileSetId } = manifest;
    assert.ok(Number.isInteger(fileSetId) && fileSetId > 0);
    const files = { fileSetId, hasOlderFiles: false, generations: [0, 0, 0] };
    const expected = { shards: 3, seed: SEED, epoch: 1, keyId: keyIdFor(KEY), ...files };
    assert.deepEqual(manifest, expected);
    assert.equal(lock.mustFence, false);
    assert.deepEqual(disk.list(DIRECTORY), ['manifest.json']);
    assert.notEqual(world.textOf(LOCK), undefined);
    lock.release();
    assert.deepEqual([world.files.size, clock.timers], [0, 0]);
  });

  it('opened again: the same seed and epoch; other shards are told and not moved', () => {
    const { disk, open } = setUp();
    const first = open();
    first.lock.release();
    const before = Buffer.from(disk.bytesOf(manifestPath(DIRECTORY)));
    const second = open({ shards: 8, seed: new Uint8Array(SEED_BYTES) });
    assert.deepEqual(second.manifest, { ...first.manifest, seed: Buffer.from(SEED) });
    assert.deepEqual(disk.bytesOf(manifestPath(DIRECTORY)), before);
  });

  it('directories of epochs before, and of moves that did not finish, are removed, and nothing else', () => {
    const { disk, open, seed } = withEpochs();
    const opened = open();
    assert.deepEqual(Buffer.from(opened.manifest.seed), Buffer.from(seed));
    assert.deepEqual([opened.epochDirectory, opened.manifest.shards], [`${DIRECTORY}/epoch-4`, 5]);
    assert.deepEqual(disk.list(DIRECTORY).sort(), [
      'epoch-3.txt',
      'epoch-4',
      'epoch-x',
      'manifest.json',
      'my-epoch-3',
    ]);
  });

  it('a manifest that was not safe yet, then a power cut: the records of the one that is left are there', () => {
    const seen = new Set<number>();
    for (let seed = 1; seed <= 100; seed++) {
      const random = new Random(seed);
      const before = withEpochs();
      const { manifest } = before.open();
      const { disk, open } = setUp(before.disk.settled());
      beginEpoch(disk, DIRECTORY, 5, manifest.fileSetId);
      disk.setBytes(`${DIRECTORY}/epoch-5/a`, RECORDS);
      disk.faultOf = ({ name }) => (name === 'syncDirectory' ? 'EIO' : undefined);
      const next = { ...manifest, epoch: 5 };
      assert.throws(() => writeManifest(disk, DIRECTORY, next, DRAFTS), { code: 'EIO' });
      disk.faultOf = () => undefined;
      const cut = { reaches: () => random.chance(0.5), bytesOf: (length: number) => length };
      const checkAfterCut = () => {
        const after = setUp(disk.afterPowerCut(cut));
        const { epochDirectory, manifest: found } = after.open();
        seen.add(found.epoch);
        assert.deepEqual(after.disk.bytesOf(`${epochDirectory}/a`), RECORDS);
      };
      disk.onChange = checkAfterCut;
      assert.equal(open().manifest.epoch, 5);
      checkAfterCut();
    }
    assert.deepEqual([...seen].sort(), [4, 5]);
  });

  const refused: [string, string, (disk: SimulatedDisk) => void, Uint8Array | undefined][] = [
    ['another key', 'ERR_JOURNAL_KEY', () => {}, new Uint8Array(32).fill(8)],
    ['no key', 'ERR_JOURNAL_KEY', () => {}, undefined],
    [
      'a newer format',
      'ERR_JOURNAL_FORMAT',
      (disk) => disk.setBytes(manifestPath(DIRECTORY), Buffer.from('{"format":3}')),
      KEY,
    ],
    [
      'no manifest, although there are records',
      'ERR_JOURNAL_CORRUPT',
      (disk) => disk.remove(manifestPath(DIRECTORY)),
      KEY,
    ],
  ];
  for (const [what, code, prepare, encryptionKey] of refused) {
    it(`${what}: ${code}, nothing is changed, the lock is released`, () => {
      const { disk, clock, world, open } = withEpochs(KEY);
      prepare(disk);
      const before = disk.list(DIRECTORY);
      // The twin does not know which directories are there, and so they are made safe again.
      disk.onChange = ({ name, path }) => assert.equal(name, 'syncDirectory', path);
      assert.throws(() => open({ encryptionKey }), { code });
      assert.deepEqual(disk.list(DIRECTORY), before);
      assert.deepEqual([world.files.size, clock.timers], [0, 0]);
    });
  }

  it('in use: ERR_JOURNAL_LOCKED, nothing is changed, and the other keeps its lock', () => {
    const { world, disk, open } = withEpochs();
    const { lock } = open();
    beginEpoch(disk, DIRECTORY, 5, 8);
    disk.setBytes(`${DIRECTORY}/epoch-5/a`, RECORDS);
    assert.throws(() => open(), { code: 'ERR_JOURNAL_LOCKED' });
    assert(disk.exists(`${DIRECTORY}/epoch-5/a`));
    assert.equal(world.files.size, 1);
    lock.release();
    open();
  });

  for (const [what, start] of [
    ['new', setUp],
    ['there already', withEpochs],
  ] as const) {
    it(`${what}, each call of the disk fails: ERR_JOURNAL_UNAVAILABLE, the lock is released, and the next gets it`, () => {
      let hasFailed = true;
      let calls = 0;
      for (; hasFailed; calls++) {
        const { disk, clock, world, open } = start();
        const failing = disk.calls + calls;
        hasFailed = false;
        disk.faultOf = ({ index }) => {
          if (index !== failing) return undefined;
          hasFailed = true;
          return 'EIO';
        };
        try {
          open().lock.release();
          assert(!hasFailed);
        } catch (error) {
          assert(error instanceof SessionStorageError, String(error));
          assert.equal(error.code, 'ERR_JOURNAL_UNAVAILABLE');
          assert.match(error.message, /\/data.*EIO/);
          assert.equal((error.cause as { code?: string }).code, 'EIO');
        }
        disk.faultOf = () => undefined;
        assert.deepEqual([world.files.size, clock.timers], [0, 0]);
        open();
      }
      assert(calls > 8, String(calls));
    });
  }
});

test('openJournalDirectory on real files: makes the directories for their owner alone, and tidies them', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'jstp-sharded-sessions-journal-'));
  try {
    const directory = prepareDirectory(realDisk, join(parent, 'new', 'journal'));
    const options = {
      disk: realDisk,
      lockSystem: createNodeLockSystem(),
      clock: new ManualClock(),
      directory,
      shards: 2,
      seed: SEED,
      encryptionKey: undefined,
      repair: false,
      onLockError: assert.ifError,
    };
    const { lock, epochDirectory, manifest } = openJournalDirectory(options);
    for (const path of [directory, epochDirectory])
      assert.equal(statSync(path).mode & 0o777, 0o700);
    assert.equal(statSync(manifestPath(directory)).mode & 0o777, 0o600);
    lock.release();
    beginEpoch(realDisk, directory, 2, 8);
    mkdirSync(join(directory, 'epoch-2'));
    writeFileSync(join(directory, 'epoch-2', 'shard-0.1.log'), 'records');
    const again = openJournalDirectory(options);
    assert.deepEqual(again.manifest, { ...manifest, seed: Buffer.from(SEED) });
    const names = readdirSync(directory).filter((name) => !name.startsWith('holder-'));
    assert.deepEqual(names.sort(), ['epoch-1', 'lock', 'manifest.json']);
    again.lock.release();
  } finally {
    await rm(parent, { recursive: true, force: true });
  }
});

test('prepareDirectory where a file is: ERR_JOURNAL_UNAVAILABLE with path, code and cause', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'jstp-sharded-sessions-journal-'));
  try {
    const directory = join(parent, 'file');
    writeFileSync(directory, '');
    assert.throws(
      () => prepareDirectory(realDisk, directory),
      ({ code, message, cause }: { code?: string; message: string; cause: { code: string } }) => {
        assert.deepEqual([code, cause.code], ['ERR_JOURNAL_UNAVAILABLE', 'EEXIST']);
        assert(message.includes(directory) && message.includes('EEXIST'), message);
        return true;
      },
    );
  } finally {
    await rm(parent, { recursive: true, force: true });
  }
});
