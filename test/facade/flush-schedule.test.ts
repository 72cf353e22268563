import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlushSchedule, LINGER_MS } from '../../src/facade/flush-schedule.js';
import { SetOperation } from '../../src/facade/operations.js';
import { PendingBatch } from '../../src/facade/pending-batch.js';
import { ManualClock } from '../twins/manual-clock.js';
import { createSession, createTestProvider, drainMicrotasks } from '../twins/test-provider.js';

function setUp(requestTimeoutMs = 2_000) {
  const clock = new ManualClock();
  let open: PendingBatch | undefined;
  const flushed: number[] = [];
  const schedule = new FlushSchedule({
    clock,
    requestTimeoutMs,
    open: () => open,
    flush: () => {
      if (open !== undefined) flushed.push(open.operations.length);
      open = undefined;
    },
  });
  const add = (): SetOperation => {
    const operation = new SetOperation('a', () => {});
    open ??= new PendingBatch(1, 0);
    open.add(operation, 1);
    schedule.onAdded();
    return operation;
  };
  return { clock, add, flushed };
}

test('batch that somebody waits for is flushed at the end of the turn', async () => {
  const { clock, add, flushed } = setUp();
  add();
  void add().promise.then();
  add();
  assert.deepEqual(flushed, []);
  clock.runTurn();
  assert.deepEqual(flushed, [3]);
  clock.advance(10 * LINGER_MS);
  assert.deepEqual([flushed, clock.timers], [[3], 0]);
});

test('batch that nobody waits for takes in what comes within the linger time', () => {
  const { clock, add, flushed } = setUp();
  add();
  clock.advance(LINGER_MS / 2);
  add();
  assert.deepEqual(flushed, []);
  clock.advance(LINGER_MS / 2);
  assert.deepEqual(flushed, [2]);
  add();
  clock.advance(LINGER_MS - 1);
  assert.deepEqual(flushed, [2], 'the time begins anew');
  clock.advance(1);
  assert.deepEqual(flushed, [2, 1]);
});

test('batch that lingers is flushed with the turn in which somebody waits', () => {
  const { clock, add, flushed } = setUp();
  add();
  clock.runTurns();
  void add().promise.then();
  clock.runTurns();
  assert.deepEqual([flushed, clock.timers], [[2], 0]);
});

test('batch that is large enough does not linger', () => {
  const { clock, add, flushed } = setUp();
  for (let i = 0; i < 64; i++) add();
  clock.runTurns();
  assert.deepEqual(flushed, [64]);
});

test('batch lingers a part of the request timeout at most', () => {
  const { clock, add, flushed } = setUp(8);
  add();
  clock.advance(1);
  assert.deepEqual(flushed, [1]);
});

test('set that nobody waits for holds the process until it is acknowledged', async () => {
  const { provider, clock, shards, finish } = createTestProvider({ shards: 1 });
  await finish(provider.ready);
  provider.set('a', createSession());
  clock.runTurns();
  assert.deepEqual([shards.port(0).posted.length, clock.holds], [0, 1]);
  clock.advance(LINGER_MS);
  await drainMicrotasks();
  assert.deepEqual([shards.port(0).posted.length, clock.holds], [1, 0]);
});

test('get sees the set that lingers, in the same message', async () => {
  const { provider, shards, clock, finish } = createTestProvider({ shards: 1 });
  await finish(provider.ready);
  provider.set('a', createSession({ key: 'value' }));
  clock.runTurns();
  const session = await finish(provider.get('a'));
  assert.equal(session?.get('key'), 'value');
  assert.equal(shards.port(0).posted.length, 1);
});
