import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { ShardedSessionStorageProvider } from '../src/index.js';
import { createProviderOn } from './twins/provider-elsewhere.js';
import { createSession } from './twins/test-provider.js';

const SESSIONS = 30;
const ELSEWHERE = fileURLToPath(
  new URL('./fixtures/provider-elsewhere-process.js', import.meta.url),
);
const THREAD = new URL('./fixtures/provider-thread.js', import.meta.url);
const SKIP_WITHOUT_SIGSTOP = { skip: process.platform === 'win32' };
const SKIP_WITHOUT_PROC = { skip: !existsSync('/proc/self/fd') };

describe('the lock of a journal, and who waits for it', () => {
  let root: string;
  let directory: string;
  let ends: (() => unknown)[];
  // A provider on which nobody waits lets the process end.
  let hold: NodeJS.Timeout;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'jstp-journal-lock-'));
    directory = join(root, 'journal');
    ends = [];
    hold = setInterval(() => {}, 60_000);
  });

  afterEach(async () => {
    for (const end of ends) await end();
    clearInterval(hold);
    rmSync(root, { recursive: true });
  });

  function start(shards: number, lockTimeout?: number, at = directory) {
    const provider = new ShardedSessionStorageProvider({
      shards,
      requestTimeout: 30_000,
      store: {
        kind: 'journal',
        directory: at,
        ...(lockTimeout !== undefined && { lockTimeout }),
      },
    });
    provider.on('error', () => {});
    ends.push(() => provider.close());
    return provider;
  }

  async function fill(provider: ShardedSessionStorageProvider, prefix: string): Promise<void> {
    const session = createSession({ prefix });
    await Promise.all(
      Array.from({ length: SESSIONS }, (_, i) => provider.set(`${prefix} ${i}`, session)),
    );
  }

  async function count(provider: ShardedSessionStorageProvider, prefix: string): Promise<number> {
    const found = await Promise.all(
      Array.from({ length: SESSIONS }, (_, i) => provider.get(`${prefix} ${i}`)),
    );
    return found.filter((session) => session !== undefined).length;
  }

  for (const shards of [1, 2, 7]) {
    it(
      `${shards} shards, the process is stopped (SIGSTOP), another machine takes over, it goes on: it stops, and what it writes is not read`,
      SKIP_WITHOUT_SIGSTOP,
      async () => {
        const child = fork(ELSEWHERE, [directory, `${shards}`, `${SESSIONS}`], {
          stdio: ['ignore', 'inherit', 'ignore', 'ipc'],
        });
        ends.push(() => child.kill('SIGKILL'));
        await once(child, 'message');
        assert.deepEqual(await outcomesOf(child, 'early'), ['done']);
        child.kill('SIGSTOP');
        // As if it had been stopped for as long.
        const touchedS = Date.now() / 1_000 - 11;
        utimesSync(join(directory, 'lock'), touchedS, touchedS);
        const next = createProviderOn('here', {
          shards,
          requestTimeout: 30_000,
          store: { kind: 'journal', directory, lockTimeout: 0 },
        });
        ends.push(() => next.close());
        await fill(next, 'next');

        const lost = new Promise<unknown>((resolve) => {
          child.on('message', (message: { error?: unknown }) => message.error && resolve(message));
        });
        child.kill('SIGCONT');
        assert.deepEqual(await lost, { error: 'ERR_JOURNAL_LOCKED' });
        assert.deepEqual(await outcomesOf(child, 'late'), ['ERR_JOURNAL_LOCKED']);
        const exited = once(child, 'exit');
        child.kill('SIGTERM');
        assert.deepEqual(await exited, [0, null]);
        await next.close();

        const last = start(shards);
        const counts = [];
        for (const prefix of ['early', 'next', 'late']) counts.push(await count(last, prefix));
        assert.deepEqual(counts, [SESSIONS, SESSIONS, 0]);
      },
    );
  }

  for (const how of ['exit', 'throw', 'terminate']) {
    it(
      `a server's thread ends without close() (${how}): its successor in the same process opens the directory`,
      SKIP_WITHOUT_PROC,
      async () => {
        const worker = new Worker(THREAD, { workerData: { directory, shards: 2 } });
        worker.on('error', () => {});
        await once(worker, 'message');
        const refused = start(2, 0);
        await assert.rejects(refused.ready, { code: 'ERR_JOURNAL_LOCKED' });
        const exited = new Promise((resolve) => worker.once('exit', resolve));
        if (how === 'terminate') void worker.terminate();
        else worker.postMessage(how);
        await exited;
        assert.equal(await start(2, 0).size(), 20);
      },
    );
  }

  it('held by another provider: waits, says so, does what it is asked meanwhile once that is closed', async () => {
    const warnings: string[] = [];
    const onWarning = ({ message }: Error) => warnings.push(message);
    process.on('warning', onWarning);
    ends.push(() => process.off('warning', onWarning));
    const first = start(2);
    await fill(first, 'first');
    const second = start(3);
    const found = count(second, 'first');
    await fill(first, 'more');
    await first.close();
    await second.ready;
    assert.deepEqual([await found, await count(second, 'more')], [SESSIONS, SESSIONS]);
    assert.match(warnings.join(), /waits for its lock, up to store\.lockTimeout = 15000 ms.* pid/);
  });

  it('held for longer than lockTimeout: fails with ERR_JOURNAL_LOCKED, and what was asked as well', async () => {
    const first = start(2);
    await first.ready;
    const second = start(2, 200);
    const set = second.set('id', createSession());
    await assert.rejects(second.ready, {
      code: 'ERR_JOURNAL_LOCKED',
      message: /lockTimeout = 200 ms/,
    });
    await assert.rejects(set, { code: 'ERR_JOURNAL_LOCKED' });
    await second.close();
    assert.equal(await first.size(), 0);
  });

  it('closed while it waits: ends, and the lock stays that of the other', async () => {
    const first = start(1);
    await first.ready;
    const waiting = new ShardedSessionStorageProvider({
      shards: 1,
      requestTimeout: 100,
      store: { kind: 'journal', directory },
    });
    await waiting.close();
    await assert.rejects(waiting.ready, { code: 'ERR_CLOSED' });
    await first.close();
    assert.equal(await start(1, 0).size(), 0);
  });

  it(
    'a copy of the directory of a provider that runs: opens beside it',
    SKIP_WITHOUT_PROC,
    async () => {
      const first = start(2);
      await fill(first, 'first');
      const copy = join(root, 'copy');
      cpSync(directory, copy, { recursive: true });
      const second = start(2, 0, copy);
      assert.equal(await count(second, 'first'), SESSIONS);
      await fill(second, 'second');
      assert.equal(await count(first, 'second'), 0);
      await assert.rejects(start(2, 0).ready, { code: 'ERR_JOURNAL_LOCKED' });
    },
  );

  it('a symbolic link in the path is switched: each provider goes on with its own files', async () => {
    const link = join(root, 'current');
    for (const version of ['v1', 'v2']) mkdirSync(join(root, version));
    symlinkSync(join(root, 'v1'), link, 'junction');
    const first = start(1, 0, join(link, 'journal'));
    await fill(first, 'first');
    rmSync(link);
    symlinkSync(join(root, 'v2'), link, 'junction');
    const second = start(1, 0, join(link, 'journal'));
    await fill(second, 'second');
    const files = (version: string) =>
      readdirSync(join(root, version, 'journal', 'epoch-1')).sort();
    const before = files('v2');
    await compactOnce(first, () => files('v1').includes('shard-0.2.snapshot'));
    assert.deepEqual(files('v2'), before);
    await Promise.all([first.close(), second.close()]);
    assert.equal(await count(start(1, 0, join(root, 'v1', 'journal')), 'first'), SESSIONS);
    assert.equal(await count(start(1, 0, join(root, 'v2', 'journal')), 'second'), SESSIONS);
  });
});

/** Writes garbage until the journal is compacted. */
async function compactOnce(
  provider: ShardedSessionStorageProvider,
  isCompacted: () => boolean,
): Promise<void> {
  const session = createSession({ text: 'x'.repeat(500_000) });
  for (let i = 0; i < 200 && !isCompacted(); i++) await provider.set('garbage', session);
  assert(isCompacted());
}

async function outcomesOf(child: ChildProcess, prefix: string): Promise<unknown> {
  const told = new Promise<unknown>((resolve) => {
    const onMessage = (message: { prefix?: string; outcomes?: unknown }) => {
      if (message.prefix !== prefix) return;
      child.off('message', onMessage);
      resolve(message.outcomes);
    };
    child.on('message', onMessage);
  });
  child.send(prefix);
  return told;
}
