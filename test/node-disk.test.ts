import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { DiskFile } from '../src/disk.js';
import type { RunDiskTask } from '../src/disk-task.js';
import { runOnPool, runOnThisThread } from '../src/disk-task.js';
import { NodeDisk, unsyncedNames } from '../src/node-disk.js';

/** Each task fails with an error that has these properties. */
function failing(properties: object): RunDiskTask {
  return (_, done) => done(Object.assign(new Error('refused by a test'), properties));
}

function syncDirectoryLater(disk: NodeDisk): Promise<Error | undefined> {
  return new Promise((resolve) => disk.syncDirectoryLater('/somewhere', resolve));
}

function syncLater(file: DiskFile): Promise<Error | undefined> {
  return new Promise((resolve) => file.syncLater(resolve));
}

describe('NodeDisk, directories that cannot be synced', () => {
  for (const code of ['EPERM', 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']) {
    it(`${code}: goes on, and tells it once`, async () => {
      const told: Error[] = [];
      const runLater = failing({ code, syscall: 'fsync' });
      const disk = new NodeDisk({ runLater, onUnsyncedNames: (error) => told.push(error) });
      assert.equal(await syncDirectoryLater(disk), undefined);
      assert.equal(await syncDirectoryLater(disk), undefined);
      assert.equal(told.length, 1);
      const text = unsyncedNames('/somewhere', told[0] as Error);
      assert.match(text, /in \/somewhere: directories cannot be synced here \(refused by a test\)/);
    });
  }

  for (const [name, properties] of [
    ['a disk that fails', { code: 'EIO', syscall: 'fsync' }],
    ['a full disk', { code: 'ENOSPC', syscall: 'fsync' }],
    ['a directory that may not be opened', { code: 'EPERM', syscall: 'open' }],
    ['a directory that is not there', { code: 'ENOENT', syscall: 'open' }],
    ['a missing permission', { code: 'ERR_ACCESS_DENIED', permission: 'FileSystemRead' }],
  ] as const) {
    it(`${name}: is an error`, async () => {
      const disk = new NodeDisk({
        runLater: failing(properties),
        onUnsyncedNames: () => assert.fail('told'),
      });
      assert.equal(Object(await syncDirectoryLater(disk)).code, properties.code);
    });
  }
});

describe('NodeDisk on real files', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'jstp-node-disk-'));
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  for (const [name, runLater] of [
    ['this thread', runOnThisThread],
    ["libuv's pool", runOnPool],
  ] as const) {
    it(`makes, writes, syncs and removes, later on ${name}`, async () => {
      const disk = new NodeDisk({ runLater });
      const path = join(directory, 'deep', 'file');
      disk.makeDirectory(join(directory, 'deep'));
      const file = disk.create(path);
      assert.throws(() => disk.create(path), { code: 'EEXIST' });
      file.write(Buffer.from('12345'), 0, 5, 0);
      file.truncate(3);
      file.sync();
      assert.deepEqual([await syncLater(file), file.size()], [undefined, 3]);
      file.close();
      assert.equal(statSync(path).mode & 0o777, 0o600);
      assert.equal(readFileSync(path, 'utf8'), '123');
      disk.syncDirectory(directory);
      const later = (act: 'removeLater' | 'syncDirectoryLater', at: string) =>
        new Promise<unknown>((resolve) => disk[act](at, (error) => resolve(Object(error).code)));
      assert.equal(await later('syncDirectoryLater', directory), undefined);
      assert.equal(await later('syncDirectoryLater', join(directory, 'none')), 'ENOENT');
      assert.equal(await later('removeLater', path), undefined);
      assert.equal(disk.exists(path), false);
    });
  }
});
