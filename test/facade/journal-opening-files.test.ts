import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { runOnThisThread } from '../../src/disk-task.js';
import { listEpochs } from '../../src/facade/epoch-directories.js';
import { readManifest } from '../../src/facade/journal-manifest.js';
import { openJournal } from '../../src/facade/journal-opening.js';
import type { JournalManifest } from '../../src/facade/manifest-text.js';
import type { StoreOpening } from '../../src/facade/store-opening.js';
import { NodeDisk } from '../../src/node-disk.js';
import type { ShardJournal } from '../../src/shard/create-store.js';
import { type MoveOptions, NO_FAULTS } from '../../src/shard/journal/reshard.js';
import { ManualClock } from '../twins/manual-clock.js';

/** Counts its writes of a manifest. */
class WatchedDisk extends NodeDisk {
  manifests = 0;

  override rename(from: string, to: string): void {
    if (to.endsWith('manifest.json')) this.manifests++;
    super.rename(from, to);
  }
}

describe('openJournal: which files of the shards must be there', () => {
  let directory: string;
  let disk: WatchedDisk;
  let errors: string[];
  let moves: MoveOptions[];
  let duringMove: () => void;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'jstp-journal-files-'));
    disk = new WatchedDisk({ runLater: runOnThisThread });
    errors = [];
    moves = [];
    duringMove = () => {};
  });

  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  async function open(shards: number): Promise<StoreOpening> {
    const settings = {
      ...({ kind: 'journal', directory, fsync: 'never', repair: false } as const),
      encryptionKey: undefined,
      lockTimeoutMs: 0,
    };
    const opening = openJournal({
      settings,
      shards,
      clock: new ManualClock(),
      report: ({ code }) => errors.push(code),
      disk,
      move: async (options) => {
        moves.push(options);
        disk.makeDirectory(options.to.directory);
        duringMove();
        return { ...NO_FAULTS, sessions: 0 };
      },
    });
    await new Promise<void>((resolve, reject) => opening.prepare(resolve, reject));
    return opening;
  }

  function serveAll(opening: StoreOpening, shards: number): void {
    for (let shard = 0; shard < shards; shard++) opening.setServing(shard, true);
  }

  function told({ shardStore }: StoreOpening): ShardJournal {
    assert.equal(shardStore.kind, 'journal');
    return shardStore as ShardJournal;
  }

  function manifest(): JournalManifest {
    const read = readManifest(disk, directory);
    assert.ok(read !== undefined);
    return read;
  }

  for (const shards of [1, 2, 7]) {
    it(`${shards} shards, new: none until each shard serves, then those of all, whatever happens before`, async () => {
      const first = await open(shards);
      assert.deepEqual(told(first).generations, new Array(shards).fill(0));
      serveAll(first, shards - 1);
      await first.close();
      const second = await open(shards);
      assert.deepEqual(told(second).generations, new Array(shards).fill(0));
      serveAll(second, shards);
      assert.deepEqual(manifest().generations, new Array(shards).fill(1));
      // A worker that is started again is told the same.
      assert.deepEqual(told(second).generations, new Array(shards).fill(1));
      await second.close();
      const third = await open(shards);
      assert.deepEqual(told(third).generations, new Array(shards).fill(1));
      await third.close();
    });
  }

  it('clean starts after the first write no manifest', async () => {
    const first = await open(2);
    serveAll(first, 2);
    await first.close();
    assert.equal(disk.manifests, 2);
    const second = await open(2);
    serveAll(second, 2);
    await second.close();
    assert.equal(disk.manifests, 2);
  });

  it('the manifest cannot be written when all serve: told as an error, and done at the next start', async () => {
    const first = await open(1);
    const rename = disk.rename;
    disk.rename = () => {
      throw new Error('no');
    };
    serveAll(first, 1);
    disk.rename = rename;
    assert.deepEqual(errors, ['ERR_JOURNAL_UNAVAILABLE']);
    await first.close();
    const second = await open(1);
    serveAll(second, 1);
    assert.deepEqual(manifest().generations, [1]);
    await second.close();
  });

  it('all files are removed while it runs: a worker that starts again may find none', async () => {
    const opening = await open(2);
    serveAll(opening, 2);
    rmSync(directory, { recursive: true });
    assert.deepEqual(told(opening).generations, []);
    await opening.close();
  });

  it('other shards: another file set, in which all must be there; the move is known to be unfinished until then', async () => {
    const first = await open(2);
    serveAll(first, 2);
    await first.close();
    const before = manifest();
    let unfinished: readonly number[] = [];
    duringMove = () => {
      ({ unfinished } = listEpochs(disk, directory));
    };
    const second = await open(3);
    assert.deepEqual(unfinished, [2]);
    assert.deepEqual(listEpochs(disk, directory).unfinished, []);
    const { fileSetId, generations } = manifest();
    assert.notEqual(fileSetId, before.fileSetId);
    assert.deepEqual(generations, [1, 1, 1]);
    const [options] = moves;
    assert.deepEqual(options?.from.generations, [1, 1]);
    assert.equal(options?.from.fileSet.id, before.fileSetId);
    assert.equal(options?.to.fileSet.id, fileSetId);
    assert.deepEqual(told(second).fileSet, { id: fileSetId, hasOlderFiles: false });
    await second.close();
  });
});
