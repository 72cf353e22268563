import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { IN_FLIGHT_BOUNDS } from '../src/facade/in-flight-bounds.js';
import { type SessionStorageError, ShardedSessionStorageProvider } from '../src/index.js';
import { createStore } from './shard/journaled.js';
import { SimulatedDisk } from './twins/simulated-disk.js';
import { createSession, createTestProvider, drainMicrotasks } from './twins/test-provider.js';

const JOURNAL = { kind: 'journal', directory: '/journal' } as const;
const FSYNC_POLICIES = ['always', 'everysec', 'never'] as const;

/** A provider whose shards write to a disk in memory that can be made to fail. */
function createJournaled(fsync: (typeof FSYNC_POLICIES)[number]) {
  const disk = new SimulatedDisk();
  const twins = createTestProvider({ shards: 2, store: JOURNAL }, IN_FLIGHT_BOUNDS, {
    createStore: (options) =>
      createStore({ ...options, fsync, disk, directory: `/${options.shard}` }),
  });
  /** Lets turns pass, and what the disk does in the background come to its end. */
  const finish = async <T>(promise: Promise<T>): Promise<T> => {
    let isSettled = false;
    const settle = () => {
      isSettled = true;
    };
    promise.then(settle, settle);
    for (let turns = 0; !isSettled; turns++) {
      assert(turns < 1_000, 'the promise settles without time passing');
      await drainMicrotasks();
      disk.completeLater();
      twins.clock.runTurn();
    }
    return promise;
  };
  return { ...twins, disk, finish };
}

async function fill(provider: ShardedSessionStorageProvider): Promise<void> {
  const stored = Array.from({ length: 20 }, (_, i) => provider.set(`${i}`, createSession({ i })));
  await Promise.all(stored);
}

const FAULTS = { 'sync is refused': 'syncLater', 'write is refused': 'write' } as const;

for (const fsync of FSYNC_POLICIES) {
  for (const [fault, call] of Object.entries(FAULTS)) {
    test(`close, fsync '${fsync}', last ${fault}: ERR_JOURNAL_WRITE, no shard runs, no unhandled rejection`, async () => {
      const { provider, disk, clock, shards, finish, errorCodes } = createJournaled(fsync);
      await finish(fill(provider));
      void provider.set('last', createSession());
      disk.faultOf = ({ name }) => (name === call || name === 'sync' ? 'EIO' : undefined);
      // Nobody handles its failure here.
      const closing = provider.close();
      await finish(Promise.allSettled([closing]));
      await assert.rejects(closing, {
        code: 'ERR_JOURNAL_WRITE',
        message: /shards? [01].*: expected the disk to take all changes before close\(\) ended/,
      });
      await drainMicrotasks();
      assert.equal(provider.close(), closing);
      const posted = shards.port(0).posted.length;
      await assert.rejects(finish(provider.set('later', createSession())), { code: 'ERR_CLOSED' });
      assert.equal(shards.port(0).posted.length, posted);
      assert.deepEqual([clock.holds, errorCodes.includes('ERR_CLOSED')], [0, false]);
    });
  }

  test(`close, fsync '${fsync}', a disk that takes all: resolves, and a power cut loses nothing`, async () => {
    const { provider, disk, finish, errorCodes } = createJournaled(fsync);
    await finish(fill(provider));
    const closing = provider.close();
    const last = provider.set('last', createSession());
    void provider.setInactive('last');
    await finish(closing);
    await last;
    assert.deepEqual(errorCodes, []);
    const cut = { reaches: () => false, bytesOf: () => 0 };
    const after = createJournaled(fsync);
    const found = disk.afterPowerCut(cut);
    let sessions = 0;
    for (const shard of [0, 1]) {
      const given = { disk: found, clock: after.clock, directory: `/${shard}`, shard, shards: 2 };
      sessions += createStore(given).size;
    }
    assert.equal(sessions, 21);
  });
}

test('close of a journal whose lock cannot be released: ERR_JOURNAL_UNAVAILABLE, an event if nobody waits', async () => {
  const root = mkdtempSync(join(tmpdir(), 'jstp-closing-'));
  const unhandled: unknown[] = [];
  const onUnhandled = (reason: unknown) => unhandled.push(reason);
  process.on('unhandledRejection', onUnhandled);
  const directory = join(root, 'journal');
  const store = { kind: 'journal', directory } as const;
  const provider = new ShardedSessionStorageProvider({ shards: 1, store });
  await provider.ready;
  // As after an I/O error or the loss of privileges.
  renameSync(directory, `${directory} away`);
  writeFileSync(directory, '');
  const failed = once(provider, 'error');
  const closing = provider.close();
  const [error] = await failed;
  assert.equal(error.code, 'ERR_JOURNAL_UNAVAILABLE');
  process.off('unhandledRejection', onUnhandled);
  assert.deepEqual(unhandled, []);
  assert.equal(provider.close(), closing);
  await assert.rejects(closing, error);
  await assert.rejects(provider.size(), { code: 'ERR_CLOSED' });
  rmSync(root, { recursive: true });
});

for (const shards of [1, 2, 7]) {
  test(`set and setInactive in the turns after close, ${shards} shards: are stored as before it`, async () => {
    const { provider, clock, finish, errorCodes } = createTestProvider({ shards });
    await finish(provider.ready);
    const stored: Promise<void>[] = [];
    const store = (id: string) => {
      stored.push(provider.set(id, createSession()), provider.setInactive(id));
    };
    const closing = provider.close();
    // As the host does: nothing in the turn of the call, all in the next.
    clock.runTurn();
    for (let i = 0; i < 200; i++) store(`${i}`);
    clock.runTurn();
    store('one more');
    await finish(Promise.all([...stored, provider.delete('0')]));
    await finish(closing);
    await assert.rejects(finish(provider.set('too late', createSession())), { code: 'ERR_CLOSED' });
    await drainMicrotasks();
    assert.deepEqual(errorCodes, []);
  });
}

test('burst of calls after close that nobody waits for: one error event, which counts them', async () => {
  const { provider, finish, errorCodes, errorCounts } = createTestProvider();
  await finish(provider.close());
  const session = createSession();
  for (let i = 0; i < 500; i++) {
    provider.set(`${i}`, session);
    provider.setInactive(`${i}`);
  }
  await drainMicrotasks();
  assert.deepEqual([errorCodes, errorCounts], [['ERR_CLOSED'], [1_000]]);
});

for (const shards of [1, 2, 7]) {
  test(`4,000 sets of one turn that a full store refuses, ${shards} shards: one error event, which counts them`, async () => {
    const options = { shards, maxSessions: shards, requestTimeout: 60_000 };
    const provider = new ShardedSessionStorageProvider(options);
    await provider.ready;
    const session = createSession();
    const ids = Array.from({ length: 4_000 }, (_, i) => `${i}`);
    const filled = await Promise.allSettled(
      ids.slice(0, 200).map((id) => provider.set(id, session)),
    );
    assert.equal(filled.filter(({ status }) => status === 'fulfilled').length, shards);
    const errors: SessionStorageError[] = [];
    provider.on('error', (error) => errors.push(error));
    for (const id of ids) provider.set(`another ${id}`, session);
    await provider.close();
    await drainMicrotasks();
    assert.deepEqual(
      errors.map(({ code, count }) => [code, count]),
      [['ERR_STORE_FULL', 4_000]],
    );
  });
}

test('a shard ends while the provider closes: its successor has what it had not acknowledged', async () => {
  const { provider, clock, shards, finish, errorCodes } = createTestProvider({ shards: 2 });
  await finish(provider.ready);
  const closing = provider.close();
  const stored = Array.from({ length: 20 }, (_, i) => provider.set(`${i}`, createSession()));
  clock.runTurn();
  shards.port(1).kill('a test');
  clock.advance(100);
  await finish(Promise.all(stored));
  await finish(closing);
  assert.deepEqual([errorCodes, clock.holds], [[], 0]);
});

for (const kind of ['journal', 'memory'] as const) {
  test(`close of a ${kind} store whose shard does not answer: ${kind === 'journal' ? 'ERR_JOURNAL_WRITE' : 'resolves'}`, async () => {
    const store = kind === 'journal' ? JOURNAL : { kind };
    const { provider, clock, shards, finish } = createTestProvider({ shards: 2, store });
    await finish(provider.ready);
    shards.port(1).hold();
    const closing = provider.close();
    const outcome = closing.then(
      () => undefined,
      ({ code, message }) => [code, /: shard 1: |: not all shards: /.test(message)],
    );
    for (let tick = 0; tick < 12; tick++) {
      await drainMicrotasks();
      clock.runTurns();
      clock.advance(250);
    }
    assert.deepEqual(await outcome, kind === 'journal' ? ['ERR_JOURNAL_WRITE', true] : undefined);
  });
}

test('close settles after the events of the errors that were held back', async () => {
  const provider = new ShardedSessionStorageProvider({ shards: 1 });
  const counts: number[] = [];
  provider.on('error', ({ count }) => counts.push(count));
  void provider.set('', createSession());
  void provider.delete('');
  await provider.close();
  assert.deepEqual(counts, [2]);
});
