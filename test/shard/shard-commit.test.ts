import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as protocol from '../../src/protocol.js';
import { MemoryStore } from '../../src/shard/memory-store.js';
import { Shard } from '../../src/shard/shard.js';
import { ManualClock } from '../twins/manual-clock.js';

/** A store that is as safe as it promises when a test says so. */
class SlowStore extends MemoryStore {
  readonly waiting: { syncs: boolean; done: (safe: boolean) => void }[] = [];
  closed = false;
  refuses = false;

  override set(slot: number, id: string, value: string, deadline: number): boolean {
    return !this.refuses && super.set(slot, id, value, deadline);
  }

  override commit(syncs: boolean, done: (safe: boolean) => void): void {
    this.waiting.push({ syncs, done });
  }

  override close(): void {
    this.closed = true;
  }

  /** Ends the oldest commit. */
  end(safe: boolean): void {
    this.waiting.shift()?.done(safe);
  }
}

function setUp(replyBytesMax = Number.POSITIVE_INFINITY) {
  const clock = new ManualClock();
  const posted: unknown[] = [];
  const store = new SlowStore({ shard: 0, shards: 1, purgeIntervalMs: 1_000, clock });
  const shard = new Shard({
    shards: 1,
    store,
    clock,
    replyBytesMax,
    post: (message) => posted.push(message),
  });
  shard.start();
  posted.length = 0;
  return { clock, posted, store, shard, deadline: clock.now() + 10_000 };
}

test('a batch is answered when what it did is safe, with the counts of then', () => {
  const { shard, store, posted, deadline } = setUp();
  for (const [sequence, id] of [
    [1, 'a'],
    [2, 'b'],
  ] as const) {
    const batch = protocol.createBatch(sequence);
    protocol.appendSet(batch, 0, id, 'value', deadline);
    shard.receive(batch);
  }
  assert.deepEqual(posted, []);
  store.end(true);
  store.end(true);
  const replies = posted as protocol.Reply[];
  assert.deepEqual(
    replies.map((reply) => [reply[0], protocol.countsOfReply(reply).sessions, reply.at(-1)]),
    [
      [1, 2, 0],
      [2, 2, 0],
    ],
  );
});

test('a batch that is not safe: its changes and SYNC say so, what was refused or read says what it would', () => {
  const { shard, store, posted, deadline } = setUp();
  const batch = protocol.createBatch(1);
  protocol.appendSet(batch, 0, 'a', 'value', deadline);
  protocol.appendGet(batch, 0, 'a', deadline);
  protocol.appendSetInactive(batch, 0, 'a', deadline);
  protocol.appendAmend(batch, 0, 'a', 'val', '+');
  protocol.appendShardWide(batch, protocol.Op.SIZE);
  protocol.appendDelete(batch, 0, 'a', 0);
  protocol.appendShardWide(batch, protocol.Op.CLEAR);
  protocol.appendShardWide(batch, protocol.Op.FLUSH);
  protocol.appendShardWide(batch, protocol.Op.SYNC);
  shard.receive(batch);
  store.end(false);
  const { NOT_SAFE } = protocol;
  const [reply] = posted as [protocol.Reply];
  assert.deepEqual(reply.slice(protocol.resultAt(0)), [
    NOT_SAFE,
    'value',
    NOT_SAFE,
    NOT_SAFE,
    1,
    NOT_SAFE,
    NOT_SAFE,
    protocol.NONE,
    NOT_SAFE,
  ]);
});

test('a batch that is not safe, with a value that was refused: that its session is inactive is not safe', () => {
  const { shard, store, posted, deadline } = setUp();
  store.refuses = true;
  const batch = protocol.createBatch(1);
  protocol.appendSet(batch, 0, 'a', 'value', deadline);
  protocol.appendSet(batch, 0, 'a', 'value', deadline);
  protocol.makeLastSetInactive(batch, deadline);
  shard.receive(batch);
  store.end(false);
  const [reply] = posted as [protocol.Reply];
  assert.deepEqual(reply.slice(protocol.resultAt(0)), [
    protocol.STORE_FULL,
    protocol.STORE_FULL_NOT_SAFE,
  ]);
});

test('SYNC asks the store to make all safe, once', () => {
  const { shard, store } = setUp();
  const batch = protocol.createBatch(1);
  protocol.appendShardWide(batch, protocol.Op.SYNC);
  shard.receive(batch);
  const another = protocol.createBatch(2);
  protocol.appendShardWide(another, protocol.Op.FLUSH);
  shard.receive(another);
  assert.deepEqual(
    store.waiting.map(({ syncs }) => syncs),
    [true, false],
  );
});

test('while a batch waits for the disk the shard says four times a second that it is busy', () => {
  const { clock, shard, store, posted } = setUp();
  const batch = protocol.createBatch(1);
  protocol.appendShardWide(batch, protocol.Op.FLUSH);
  shard.receive(batch);
  clock.advance(1_000);
  assert.deepEqual(posted, Array(4).fill({ kind: 'busy' }));
  store.end(true);
  clock.advance(1_000);
  assert.equal(posted.length, 5);
});

test('stop closes the store', () => {
  const { shard, store } = setUp();
  shard.stop();
  assert.equal(store.closed, true);
});

test('part of a reply is posted when what was done before it is safe, and what is not answered stays so', () => {
  const { shard, store, posted, deadline } = setUp(10);
  const batch = protocol.createBatch(1);
  protocol.appendSet(batch, 0, 'a', 'x'.repeat(20), deadline);
  protocol.appendGet(batch, 0, 'a', deadline);
  protocol.appendSet(batch, 0, 'b', 'value', deadline);
  protocol.appendShardWide(batch, protocol.Op.SYNC);
  shard.receive(batch);
  assert.deepEqual(posted, []);
  assert.deepEqual(
    store.waiting.map(({ syncs }) => syncs),
    [false, true],
  );
  const resultsOf = (reply: unknown) => (reply as protocol.Reply).slice(protocol.resultAt(0));
  store.end(false);
  assert.deepEqual(posted.slice(0, 1).map(resultsOf), [
    [protocol.NOT_SAFE, 'x'.repeat(20), protocol.PENDING, protocol.PENDING],
  ]);
  store.end(true);
  assert.deepEqual(resultsOf(posted.at(-1)).slice(2), [0, 0]);
});

test('values that wait for the disk count as not read', () => {
  const { shard, store, posted, deadline } = setUp(10);
  store.set(0, 'a', 'x'.repeat(20), deadline);
  const batch = protocol.createBatch(1);
  for (let i = 0; i < 10; i++) protocol.appendGet(batch, 0, 'a', deadline);
  shard.receive(batch);
  assert.deepEqual([store.waiting.length, posted.length], [2, 0]);
  for (let receipts = 0; receipts < 10; receipts++) {
    while (store.waiting.length > 0) store.end(true);
    shard.receive(protocol.createReceipt());
  }
  const last = posted.filter((message) => Array.isArray(message)).at(-1) as protocol.Reply;
  assert.equal(last[0], 1);
});
