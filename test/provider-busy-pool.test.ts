import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdtempSync,
  open,
  openSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { ShardedSessionStorageProvider } from '../src/index.js';
import { createSession } from './twins/test-provider.js';

const SHARDS = 2;
const { UV_THREADPOOL_SIZE: THREADPOOL_SIZE } = process.env;
const POOL_THREADS = Number(THREADPOOL_SIZE ?? 4);
const WAIT_MS_MAX = 30_000;
const LOOK_MS = 20;

/** All threads of libuv's pool wait for somebody who writes to a pipe, as they would for password hashes or a hung disk. */
class BusyPool {
  readonly #path: string;
  readonly #opened: Promise<number>[] = [];

  constructor(directory: string) {
    this.#path = join(directory, 'pipe');
    execFileSync('mkfifo', [this.#path]);
    for (let i = 0; i < POOL_THREADS; i++) this.#opened.push(this.#open());
  }

  async free(): Promise<void> {
    const writer = openSync(this.#path, constants.O_WRONLY);
    for (const descriptor of await Promise.all(this.#opened)) closeSync(descriptor);
    closeSync(writer);
  }

  #open(): Promise<number> {
    return new Promise((resolve, reject) => {
      open(this.#path, 'r', (error, descriptor) => (error ? reject(error) : resolve(descriptor)));
    });
  }
}

function bytesOfLogs(directory: string): number {
  const epoch = join(directory, 'epoch-1');
  const logs = readdirSync(epoch).filter((name) => name.endsWith('.log'));
  return logs.reduce((bytes, name) => bytes + statSync(join(epoch, name)).size, 0);
}

describe("a provider with a journal, all threads of libuv's pool are taken", {
  skip: platform() === 'win32' && 'needs mkfifo',
}, () => {
  let root: string;
  let pool: BusyPool;
  let provider: ShardedSessionStorageProvider;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'jstp-busy-pool-'));
  });

  afterEach(async () => {
    await pool.free();
    await provider.close();
    rmSync(root, { recursive: true });
  });

  async function start(fsync: 'always' | 'everysec'): Promise<string> {
    const directory = join(root, 'journal');
    provider = new ShardedSessionStorageProvider({
      shards: SHARDS,
      requestTimeout: WAIT_MS_MAX,
      store: { kind: 'journal', directory, fsync },
    });
    await provider.ready;
    pool = new BusyPool(root);
    return directory;
  }

  it("fsync 'always': sets are acknowledged", async () => {
    await start('always');
    const sets = Array.from({ length: 20 }, (_, i) => provider.set(`id-${i}`, createSession()));
    await Promise.all(sets);
    assert.equal(await provider.size(), 20);
  });

  it("fsync 'everysec': logs are synced, which a record in them says", async () => {
    const directory = await start('everysec');
    await provider.set('id', createSession());
    const written = bytesOfLogs(directory);
    const untilMs = performance.now() + WAIT_MS_MAX;
    while (bytesOfLogs(directory) === written) {
      assert.ok(performance.now() < untilMs, 'the log is synced');
      await wait(LOOK_MS);
    }
  });
});
