import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type jstp from '@metarhia/jstp';
import { type JournalStoreChoice, ShardedSessionStorageProvider } from '../src/index.js';
import { createFaultyProvider } from './twins/faulty-pool.js';
import { createSession } from './twins/test-provider.js';

const SESSIONS = 300;

describe('a provider with a journal', () => {
  let root: string;
  let directory: string;
  let providers: ShardedSessionStorageProvider[];
  // A provider on which nobody waits lets the process end.
  let hold: NodeJS.Timeout;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'jstp-journal-'));
    directory = join(root, 'deep', 'journal');
    providers = [];
    hold = setInterval(() => {}, 60_000);
  });

  afterEach(async () => {
    for (const provider of providers) await provider.close();
    clearInterval(hold);
    rmSync(root, { recursive: true });
  });

  function start(
    store: Partial<JournalStoreChoice> = {},
    shards = 2,
  ): ShardedSessionStorageProvider {
    const provider = new ShardedSessionStorageProvider({
      shards,
      requestTimeout: 30_000,
      store: { kind: 'journal', directory, ...store },
    });
    provider.on('error', () => {});
    providers.push(provider);
    return provider;
  }

  function sessionOf(i: number): jstp.Session {
    return createSession({ i, text: `text ${i} `.repeat(i % 50), at: new Date(i) });
  }

  async function fill(provider: ShardedSessionStorageProvider): Promise<void> {
    const stored: Promise<void>[] = [];
    for (let i = 0; i < SESSIONS; i++) {
      stored.push(provider.set(`id-${i}`, sessionOf(i)));
      if (i % 2 === 0) stored.push(provider.setInactive(`id-${i}`));
    }
    await Promise.all(stored);
  }

  async function assertFilled(provider: ShardedSessionStorageProvider): Promise<void> {
    assert.equal(await provider.size(), SESSIONS);
    const found = await Promise.all(
      Array.from({ length: SESSIONS }, (_, i) => provider.get(`id-${i}`)),
    );
    for (const [i, session] of found.entries()) {
      assert.deepEqual(session && [...session], [...sessionOf(i)], `id-${i}`);
    }
  }

  async function refusal(provider: ShardedSessionStorageProvider, code: string): Promise<Error> {
    const error = await provider.ready.then(
      () => assert.fail('expected a refusal'),
      (reason: Error & { code: string }) => reason,
    );
    assert.equal(error.code, code);
    await assert.rejects(provider.get('id-1'), { code });
    await assert.rejects(provider.set('id-1', sessionOf(1)), { code });
    return error;
  }

  for (const shards of [1, 2, 7]) {
    for (const fsync of ['always', 'everysec', 'never'] as const) {
      it(`closed and started again, ${shards} shards, ${fsync}: all sessions are there`, async () => {
        const first = start({ fsync }, shards);
        await fill(first);
        await first.close();
        await assertFilled(start({ fsync }, shards));
      });
    }
  }

  it('operations called before it is loaded are done after it', async () => {
    const first = start();
    await fill(first);
    await first.close();
    await assertFilled(start());
  });

  it('a worker ends: what it had is there, and active sessions are still active', async () => {
    const store = { kind: 'journal', directory } as const;
    const { provider, pool } = createFaultyProvider({ shards: 1, store, requestTimeout: 30_000 });
    providers.push(provider);
    await fill(provider);
    const down = once(provider, 'shardDown');
    pool.terminate(0);
    await down;
    await assertFilled(provider);
    assert.equal((await provider.stats()).restarts, 1);
  });

  for (const [before, after] of [
    [1, 7],
    [7, 2],
    [2, 1],
  ] as const) {
    it(`${before} shards, then ${after}, then ${before}: all sessions are there`, async () => {
      const first = start({}, before);
      await fill(first);
      await first.close();
      const second = start({}, after);
      await assertFilled(second);
      await second.close();
      const third = start({}, before);
      await assertFilled(third);
      assert.equal(readdirSync(directory).filter((name) => name.startsWith('epoch-')).length, 1);
    });
  }

  it('a second provider on the directory is refused, naming the process that has it', async () => {
    const first = start();
    await first.ready;
    const error = await refusal(start({ lockTimeout: 0 }), 'ERR_JOURNAL_LOCKED');
    assert.match(error.message, new RegExp(`${process.pid}`));
    await fill(first);
    await first.close();
    await assertFilled(start());
  });

  it('encrypted: another key, and none, are refused and change nothing; the right one is taken', async () => {
    const encryptionKey = new Uint8Array(32).fill(1);
    const first = start({ encryptionKey });
    await fill(first);
    await first.close();
    await refusal(start({ encryptionKey: new Uint8Array(32).fill(2) }), 'ERR_JOURNAL_KEY');
    await refusal(start(), 'ERR_JOURNAL_KEY');
    for (const path of filesBelow(directory)) {
      assert.doesNotMatch(readFileSync(path, 'latin1'), /id-1|text 1/);
    }
    await assertFilled(start({ encryptionKey }));
  });

  it('damaged: is refused, naming file and offset; with repair all but the damaged is there', async () => {
    const first = start({}, 1);
    await fill(first);
    await first.close();
    const [log] = filesBelow(directory).filter((path) => path.endsWith('.log'));
    assert(log !== undefined);
    const bytes = readFileSync(log);
    bytes.fill(0xff, 5_000, 5_010);
    writeFileSync(log, bytes);
    const error = await refusal(start({}, 1), 'ERR_JOURNAL_CORRUPT');
    assert.match(error.message, /shard-0\.1\.log: expected a record at byte 4\d\d\d|byte 5\d\d\d/);
    assert.deepEqual(readFileSync(log), bytes);
    const warned = once(process, 'warning');
    const repaired = start({ repair: true }, 1);
    await repaired.ready;
    assert.match(String((await warned)[0]), /left out \d+ bytes/);
    assert.ok((await repaired.size()) >= SESSIONS - 3);
    await repaired.close();
    assert.ok((await start({}, 1).size()) >= SESSIONS - 3);
  });

  it('damaged and moved with repair: the damaged files stay, under another name', async () => {
    const first = start({}, 2);
    await fill(first);
    await first.close();
    const log = filesBelow(directory).find((path) => path.endsWith('shard-1.1.log'));
    assert(log !== undefined);
    const bytes = readFileSync(log);
    bytes.fill(0xff, 5_000, 5_010);
    writeFileSync(log, bytes);
    await refusal(start({}, 3), 'ERR_JOURNAL_CORRUPT');
    const repaired = start({ repair: true }, 3);
    assert.ok((await repaired.size()) >= SESSIONS - 3);
    await repaired.close();
    assert.ok(filesBelow(join(directory, 'epoch-1.damaged')).length > 0);
    assert.ok((await start({}, 3).size()) >= SESSIONS - 3);
  });

  it('the directory is removed: is degraded once, then writes all anew, and says so', async () => {
    const first = start();
    const told: string[] = [];
    first.on('degraded', ({ shard }) => told.push(`degraded ${shard}`));
    const recovered = new Promise<void>((resolve) => {
      first.on('recovered', ({ shard }) => {
        if (told.push(`recovered ${shard}`) === 4) resolve();
      });
    });
    await fill(first);
    rmSync(directory, { recursive: true });
    await recovered;
    assert.deepEqual(told.sort(), ['degraded 0', 'degraded 1', 'recovered 0', 'recovered 1']);
    assert.ok((await first.stats()).writeErrors >= 2);
    await refusal(start({ lockTimeout: 0 }), 'ERR_JOURNAL_LOCKED');
    await first.close();
    await assertFilled(start());
  });

  it('damaged while it serves, and its worker ends: that shard is refused, the other serves on', async () => {
    const store = { kind: 'journal', directory } as const;
    const { provider, pool, errors } = createFaultyProvider({ shards: 2, store });
    providers.push(provider);
    await fill(provider);
    const log = filesBelow(directory).find((path) => path.endsWith('shard-1.1.log'));
    assert(log !== undefined);
    const bytes = readFileSync(log);
    bytes.fill(0xff, 5_000, 5_010);
    writeFileSync(log, bytes);
    const refused = once(provider, 'error');
    pool.terminate(1);
    await refused;
    assert.deepEqual(
      errors.map(({ code }) => code),
      ['ERR_JOURNAL_CORRUPT'],
    );
    const outcomes = await Promise.allSettled(
      Array.from({ length: SESSIONS }, (_, i) => provider.get(`id-${i}`)),
    );
    const served = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    assert.ok(served.length > SESSIONS / 4 && served.length < (SESSIONS * 3) / 4);
    assert.ok(served.every(({ value }) => value !== undefined));
  });

  it('files and directories are for their owner alone', async () => {
    const provider = start();
    await fill(provider);
    assert.equal(statSync(directory).mode & 0o777, 0o700);
    for (const path of filesBelow(directory))
      assert.equal(statSync(path).mode & 0o777, 0o600, path);
  });

  it('a directory that cannot be made is refused, saying why', async () => {
    writeFileSync(join(root, 'file'), '');
    const error = await refusal(
      start({ directory: join(root, 'file', 'journal') }),
      'ERR_JOURNAL_UNAVAILABLE',
    );
    assert.match(error.message, /ENOTDIR|EEXIST/);
  });

  it('closed while it is being opened: ends, and what was there stays', async () => {
    const first = start({}, 2);
    await fill(first);
    await first.close();
    await start({}, 7).close();
    await assertFilled(start({}, 2));
  });
});

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
