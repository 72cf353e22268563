import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { findRedisBinary, needsRedis } from './redis-binary.js';

describe('redis binary', { skip: process.platform === 'win32' }, () => {
  const made: string[] = [];
  /** A directory with executables of these names. */
  const pathWith = async (...names: string[]) => {
    const directory = await mkdtemp(join(tmpdir(), 'jstp-path-'));
    made.push(directory);
    for (const name of names) {
      await writeFile(join(directory, name), '#!/bin/sh\n', { mode: 0o755 });
    }
    return directory;
  };
  let none: string;
  before(async () => {
    none = await pathWith();
  });
  after(() => Promise.all(made.map((path) => rm(path, { recursive: true }))));

  it('on the path: found, and its tests run', async () => {
    for (const name of ['redis-server', 'valkey-server']) {
      const PATH = await pathWith(name);
      assert.equal(findRedisBinary({ PATH }), name);
      assert.deepEqual(needsRedis({ PATH, CI: 'true' }), { skip: false });
    }
  });

  it('both on the path: Redis is taken', async () => {
    const PATH = await pathWith('valkey-server', 'redis-server');
    assert.equal(findRedisBinary({ PATH }), 'redis-server');
  });

  it('missing: its tests are skipped, saying what to install', () => {
    for (const CI of [undefined, '', 'false']) {
      const { skip } = needsRedis({ PATH: none, ...(CI !== undefined && { CI }) });
      assert.match(String(skip), /apt-get install redis-server/);
    }
  });

  it('missing in CI: throws', () => {
    for (const CI of ['true', '1']) {
      assert.throws(() => needsRedis({ PATH: none, CI }), /CI: redis-server is not installed/);
    }
  });
});
