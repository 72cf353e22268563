import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { holderPath, lockPath, manifestPath } from '../../../src/shard/journal/lock-files.js';
import { touchLock } from '../../../src/shard/journal/touch-lock.js';

const TOKEN = 'a'.repeat(32);
const TEXT = `{"token":"${TOKEN}"}`;

describe('touchLock', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'jstp-sharded-sessions-touch-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('the lock has the token: it is newly modified, and says the same', () => {
    writeFileSync(lockPath(directory), TEXT);
    utimesSync(lockPath(directory), 1, 1);
    assert.equal(touchLock(directory, TOKEN), 'held');
    assert.equal(readFileSync(lockPath(directory), 'utf8'), TEXT);
    assert(statSync(lockPath(directory)).mtimeMs > 1_000);
  });

  it('the lock has another token: taken, and the file is as it was', () => {
    writeFileSync(lockPath(directory), TEXT);
    utimesSync(lockPath(directory), 1, 1);
    assert.equal(touchLock(directory, 'b'.repeat(32)), 'taken');
    assert.equal(statSync(lockPath(directory)).mtimeMs, 1_000);
  });

  it('only the lock is missing: removed', () => {
    mkdirSync(holderPath(directory, TOKEN));
    writeFileSync(manifestPath(directory), '');
    assert.equal(touchLock(directory, TOKEN), 'removed');
  });

  it('the lock and the directory of its holder are missing: gone', () => {
    writeFileSync(manifestPath(directory), '');
    assert.equal(touchLock(directory, TOKEN), 'gone');
  });

  it('everything is missing: emptied', () => {
    assert.equal(touchLock(directory, TOKEN), 'emptied');
    assert.equal(touchLock(join(directory, 'none'), TOKEN), 'emptied');
  });

  it('it cannot be read: throws what the system throws', () => {
    mkdirSync(lockPath(directory));
    assert.throws(() => touchLock(directory, TOKEN), { code: 'EISDIR' });
  });
});
