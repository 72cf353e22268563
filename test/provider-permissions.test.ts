import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const PROCESS = fileURLToPath(new URL('./fixtures/permission-process.js', import.meta.url));
const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));
const FLAG = process.allowedNodeEnvironmentFlags.has('--permission')
  ? '--permission'
  : '--experimental-permission';
const UNSYNCED = /directories cannot be synced here \(fsync API is disabled when Permission Model/g;

const root = mkdtempSync(join(tmpdir(), 'jstp-permissions-'));
after(() => rmSync(root, { recursive: true }));

interface Told {
  readonly size?: number;
  readonly told?: string[];
  readonly code?: string;
  readonly message?: string;
  readonly warnings: string;
}

/** What a process tells that has these permissions. */
function run(directory: string, what: string, permissions: string[]): Told {
  const args = [FLAG, `--allow-fs-read=${PACKAGE}`, ...permissions, PROCESS, directory, what];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.notEqual(stdout, '', stderr);
  return { ...JSON.parse(stdout), warnings: stderr };
}

describe("a process with Node's permission model", () => {
  const files = (directory: string) => [
    `--allow-fs-read=${directory}`,
    `--allow-fs-write=${directory}`,
  ];

  it('a journal opens, is found again, and it is told once that its directory is not synced', () => {
    const directory = join(root, 'journal');
    mkdirSync(directory);
    for (let start = 0; start < 2; start++) {
      const { size, warnings } = run(directory, 'journal', ['--allow-worker', ...files(directory)]);
      assert.equal(size, 1);
      assert.equal(warnings.match(UNSYNCED)?.length, 1, warnings);
    }
  });

  it('a journal whose directory is not there yet opens', () => {
    const directory = join(root, 'deep', 'journal');
    const { size, message } = run(directory, 'journal', ['--allow-worker', ...files(root)]);
    assert.equal(size, 1, message);
  });

  it('no permission to write: the error names path and flag', () => {
    const directory = join(root, 'read-only');
    mkdirSync(directory);
    const permissions = ['--allow-worker', `--allow-fs-read=${directory}`];
    const { code, message = '' } = run(directory, 'journal', permissions);
    assert.equal(code, 'ERR_JOURNAL_UNAVAILABLE');
    assert(message.includes(`--allow-fs-write=${directory}`), message);
  });

  for (const store of ['memory', 'journal']) {
    it(`no permission for workers, ${store}: the error names the flag`, () => {
      const directory = join(root, `no-workers-${store}`);
      mkdirSync(directory);
      const { code, message = '' } = run(directory, store, files(directory));
      assert.equal(code, 'ERR_SHARD_UNAVAILABLE');
      assert.match(message, /start Node with --allow-worker/);
    });
  }

  it('files are written through, and not synced', () => {
    const directory = join(root, 'disk');
    mkdirSync(directory);
    const { size, told } = run(directory, 'disk', files(directory));
    assert.deepEqual([size, told], [3, ['ERR_ACCESS_DENIED']]);
  });
});
