import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SessionStorageError } from '../../src/errors.js';
import { Closing, type ClosingOptions } from '../../src/facade/closing.js';
import { NONE, NOT_SAFE, type Result } from '../../src/protocol.js';
import { ManualClock } from '../twins/manual-clock.js';
import { drainMicrotasks } from '../twins/test-provider.js';

const TIMEOUT_MS = 800;
const ALL_DURABLE: readonly Result[] = [NONE, NONE];

/** A `close` whose steps are written down. Each sync waits for its answer. */
function setUp(given: Partial<ClosingOptions> = {}) {
  const clock = new ManualClock();
  const steps: string[] = [];
  const reported: SessionStorageError[] = [];
  const answers: ((results: readonly (Result | undefined)[]) => void)[] = [];
  const closing = new Closing({
    clock,
    requestTimeoutMs: TIMEOUT_MS,
    store: { kind: 'journal' },
    hasServed: () => true,
    report: (error) => reported.push(error),
    sync: () => {
      steps.push('sync');
      return new Promise((resolve) => answers.push(resolve));
    },
    stopShards: async ({ code }) => void steps.push(`stop shards, ${code}`),
    closeStore: async () => void steps.push('close store'),
    flushErrors: () => void steps.push('flush errors'),
    ...given,
  });
  return { clock, steps, reported, answers, closing };
}

const END = ['stop shards, ERR_CLOSED', 'close store', 'flush errors'];

/** Lets one turn of the event loop pass, and the promises in it have their say. */
async function passTurn(clock: ManualClock): Promise<void> {
  clock.runTurn();
  await drainMicrotasks();
}

async function passTurns(clock: ManualClock, turns: number): Promise<void> {
  for (let i = 0; i < turns; i++) await passTurn(clock);
}

function takes(closing: Closing): boolean {
  try {
    closing.assertTakesChange();
    return true;
  } catch (error) {
    assert(error instanceof SessionStorageError);
    assert.equal(error.code, 'ERR_CLOSED');
    return false;
  }
}

test('close without changes: waits two whole turns, syncs, stops the shards, closes the store', async () => {
  const { clock, steps, answers, closing } = setUp();
  assert.equal(closing.hasBegun, false);
  const closed = closing.begin();
  assert.equal(closing.begin(), closed);
  assert.equal(closing.hasBegun, true);
  await passTurns(clock, 2);
  assert.deepEqual(steps, []);
  await passTurn(clock);
  assert.deepEqual(steps, ['sync']);
  assert.equal(closing.refusesChanges, false);
  answers[0]?.(ALL_DURABLE);
  await closed;
  assert.equal(closing.refusesChanges, true);
  assert.equal(takes(closing), false);
  assert.deepEqual(steps, ['sync', ...END]);
  assert.equal(clock.timers, 0);
});

test('changes in the turns after close: are taken, and no sync comes before two turns without', async () => {
  const { clock, steps, answers, closing } = setUp();
  const closed = closing.begin();
  for (let i = 0; i < 20; i++) {
    assert.equal(takes(closing), true);
    await passTurn(clock);
    if (i % 2 === 1) await passTurn(clock);
  }
  assert.deepEqual(steps, []);
  await passTurns(clock, 2);
  answers[0]?.(ALL_DURABLE);
  await closed;
  assert.deepEqual(steps, ['sync', ...END]);
});

test('change while a sync is under way: is taken, and synced as well', async () => {
  const { clock, steps, answers, closing } = setUp();
  const closed = closing.begin();
  await passTurns(clock, 3);
  assert.equal(takes(closing), true);
  answers[0]?.(ALL_DURABLE);
  await passTurns(clock, 4);
  assert.deepEqual(steps, ['sync', 'sync']);
  answers[1]?.(ALL_DURABLE);
  await closed;
  assert.deepEqual(steps, ['sync', 'sync', ...END]);
});

test('changes that never stop coming: are refused after half of the time, then synced', async () => {
  const { clock, steps, answers, closing } = setUp();
  const closed = closing.begin();
  const startMs = clock.elapsed();
  while (takes(closing)) {
    clock.advance(1);
    await passTurn(clock);
    assert(clock.elapsed() - startMs <= TIMEOUT_MS, 'changes are refused in time');
  }
  assert.equal(clock.elapsed() - startMs, TIMEOUT_MS / 2);
  assert.deepEqual(steps, ['sync']);
  answers[0]?.(ALL_DURABLE);
  await closed;
  assert.deepEqual([clock.timers, steps], [0, ['sync', ...END]]);
});

for (const change of [false, true]) {
  test(`sync that is never answered, ${change ? 'a change' : 'no change'} behind it: ends in time, and a journal says so`, async () => {
    const { clock, steps, closing } = setUp();
    const closed = assert.rejects(closing.begin(), { code: 'ERR_JOURNAL_WRITE' });
    await passTurns(clock, 3);
    if (change) closing.assertTakesChange();
    clock.advance(TIMEOUT_MS / 2);
    await passTurn(clock);
    assert.equal(closing.refusesChanges, true);
    const syncs = change ? ['sync', 'sync'] : ['sync'];
    assert.deepEqual(steps, syncs);
    clock.advance(TIMEOUT_MS * (3 / 4) - 1);
    await passTurn(clock);
    assert.deepEqual(steps, syncs);
    clock.advance(1);
    await closed;
    assert.deepEqual([clock.timers, steps], [0, [...syncs, ...END]]);
  });
}

test('shards that fail to sync: close resolves, as what they had not acknowledged has failed', async () => {
  const { steps, closing, clock } = setUp({ sync: async () => [undefined, NONE] });
  const closed = closing.begin();
  await passTurns(clock, 3);
  await closed;
  assert.deepEqual(steps, END);
});

test('shard whose disk refuses the last sync: ERR_JOURNAL_WRITE, and all is stopped', async () => {
  const { steps, reported, closing, clock } = setUp({
    sync: async () => [NONE, NOT_SAFE, NONE, NOT_SAFE],
  });
  const closed = closing.begin();
  closed.catch(() => {});
  await passTurns(clock, 3);
  await assert.rejects(closed, { code: 'ERR_JOURNAL_WRITE', message: /shards 1, 3: expected/ });
  assert.deepEqual([steps, reported], [END, []]);
});

test('close that fails and that nobody waits for: is reported, and no unhandled rejection', async () => {
  const unhandled: unknown[] = [];
  const onUnhandled = (reason: unknown) => unhandled.push(reason);
  process.on('unhandledRejection', onUnhandled);
  const { closing, reported, clock } = setUp({
    sync: async () => [NOT_SAFE],
    closeStore: async () => {
      throw new SessionStorageError('ERR_JOURNAL_UNAVAILABLE', 'a test');
    },
    stopShards: async () => {
      throw new Error('a worker that does not stop');
    },
  });
  closing.begin();
  await passTurns(clock, 4);
  process.off('unhandledRejection', onUnhandled);
  assert.deepEqual(unhandled, []);
  assert.deepEqual(reported.map(({ code }) => code).sort(), [
    'ERR_JOURNAL_UNAVAILABLE',
    'ERR_JOURNAL_WRITE',
    'ERR_SHARD_UNAVAILABLE',
  ]);
});
