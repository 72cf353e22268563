import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unpackLoopTimes } from '../../src/loop-times.js';
import { isNotice, type Notice } from '../../src/notice.js';
import * as protocol from '../../src/protocol.js';
import { MemoryStore } from '../../src/shard/memory-store.js';
import type { SessionStore, StoreLimits } from '../../src/shard/session-store.js';
import { Shard } from '../../src/shard/shard.js';
import type { ShardCounts } from '../../src/shard-counts.js';
import { ManualClock } from '../twins/manual-clock.js';

const PURGE_INTERVAL_MS = 1_000;

function setUp(
  onCounts: () => void = () => {},
  limits?: StoreLimits,
  replyBytesMax = Number.POSITIVE_INFINITY,
) {
  const clock = new ManualClock();
  const posted: unknown[] = [];
  const store = new MemoryStore({
    shard: 0,
    shards: 2,
    purgeIntervalMs: PURGE_INTERVAL_MS,
    clock,
    ...(limits && { limits }),
  });
  const post = (message: unknown) => {
    posted.push(message);
    if (isNotice(message) && message.kind === 'counts') onCounts();
  };
  const shard = new Shard({ shards: 2, store, clock, replyBytesMax, post });
  shard.start();
  return { clock, posted, store, shard, deadline: clock.now() + 10_000 };
}

/** The results of a reply, without its sequence and counts. */
function resultsOf(reply: unknown): (protocol.Result | protocol.Failure)[] {
  return (reply as protocol.Reply).slice(protocol.resultAt(0));
}

function countsTold(posted: unknown[]): ShardCounts[] {
  return posted.map((notice) => (notice as Notice & { kind: 'counts' }).counts);
}

test('start says that the shard is ready', () => {
  assert.deepEqual(setUp().posted, [{ kind: 'ready' }]);
});

test('a batch of all operations is applied in order and answered in one reply', () => {
  const { shard, posted, deadline } = setUp();
  const batch = protocol.createBatch(5);
  protocol.appendGet(batch, 2, 'a', deadline);
  protocol.appendSet(batch, 2, 'a', 'first', deadline);
  protocol.appendGet(batch, 2, 'a', deadline);
  protocol.appendSet(batch, 2, 'a', 'second', deadline);
  protocol.makeLastSetInactive(batch, deadline);
  protocol.appendAmend(batch, 2, 'a', 'sec', '+');
  protocol.appendSetInactive(batch, 2, 'a', deadline);
  protocol.appendGet(batch, 2, 'a', deadline);
  protocol.appendShardWide(batch, protocol.Op.SIZE);
  protocol.appendDelete(batch, 2, 'a', 0);
  protocol.appendDelete(batch, 2, 'a', 0);
  protocol.appendSet(batch, 2, 'b', 'third', deadline);
  protocol.appendShardWide(batch, protocol.Op.CLEAR);
  protocol.appendShardWide(batch, protocol.Op.FLUSH);
  protocol.appendShardWide(batch, protocol.Op.SIZE);
  shard.receive(batch);
  assert.equal(posted.length, 2);
  assert.equal((posted[1] as protocol.Reply)[0], 5);
  assert.deepEqual(resultsOf(posted[1]), [0, 0, 'first', 0, 0, 0, 'second+', 1, 1, 0, 0, 0, 0, 0]);
});

test('set and set inactive in one leaves the session inactive until the deadline', () => {
  const { shard, posted, clock, deadline } = setUp();
  const batch = protocol.createBatch(1);
  protocol.appendSet(batch, 0, 'a', 'value', deadline * 2);
  protocol.makeLastSetInactive(batch, deadline);
  shard.receive(batch);
  clock.jump(10_000);
  const get = protocol.createBatch(2);
  protocol.appendGet(get, 0, 'a', deadline);
  shard.receive(get);
  assert.deepEqual(resultsOf(posted.at(-1)), [0]);
});

test('each reply has the counts of the store, and stats the times of the event loop', () => {
  const { shard, posted, store, deadline } = setUp();
  const batch = protocol.createBatch(1);
  protocol.appendSet(batch, 0, 'a', 'value', deadline);
  protocol.appendShardWide(batch, protocol.Op.STATS);
  shard.receive(batch);
  const reply = posted.at(-1) as protocol.Reply;
  assert.deepEqual(protocol.countsOfReply(reply), store.counts());
  assert.equal(protocol.countsOfReply(reply).sets, 1);
  const [, times] = resultsOf(reply);
  assert(typeof times === 'string');
  const { idleMs, activeMs, utilization } = unpackLoopTimes(times);
  assert(idleMs >= 0 && activeMs >= 0 && utilization >= 0 && utilization <= 1);
});

test('set and amend for which there is no room are answered so, and the rest of the batch is done', () => {
  const limits = { sessionsMax: 1, bytesMax: 1_000, overflow: 'reject' } as const;
  const { shard, posted, store, deadline } = setUp(undefined, limits);
  const batch = protocol.createBatch(1);
  protocol.appendSet(batch, 0, 'a', 'value', deadline);
  protocol.appendSet(batch, 0, 'b', 'value', deadline);
  protocol.appendSet(batch, 0, 'c', 'value', deadline);
  protocol.makeLastSetInactive(batch, deadline);
  protocol.appendAmend(batch, 0, 'a', 'v', '+'.repeat(1_000));
  protocol.appendGet(batch, 0, 'a', deadline);
  shard.receive(batch);
  assert.deepEqual(resultsOf(posted.at(-1)), [
    0,
    protocol.STORE_FULL,
    protocol.STORE_FULL,
    protocol.STORE_FULL,
    'value',
  ]);
  assert.equal(store.counts().refused, 3);
});

test('expired sessions are freed within a purge interval, and told once', () => {
  const { shard, posted, clock, store } = setUp();
  const batch = protocol.createBatch(1);
  for (let i = 0; i < 10; i++) {
    protocol.appendSet(batch, 0, `${i}`, 'value', clock.now() + 1_500 + i * 1_000);
  }
  shard.receive(batch);
  posted.length = 0;
  clock.advance(1_999);
  assert.deepEqual([store.size, posted], [10, []]);
  clock.advance(1);
  assert.equal(store.size, 9);
  assert.deepEqual(posted, [{ kind: 'counts', counts: store.counts() }]);
  clock.advance(60_000);
  assert.equal(store.size, 0);
  assert.deepEqual(
    countsTold(posted).map(({ expired }) => expired),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  );
});

test('session found expired by a get is told by its reply, and not again', () => {
  const { shard, posted, clock } = setUp();
  const batch = protocol.createBatch(1);
  protocol.appendSet(batch, 0, 'a', 'value', clock.now() + 100);
  shard.receive(batch);
  clock.jump(100);
  const get = protocol.createBatch(2);
  protocol.appendGet(get, 0, 'a', clock.now() + 100);
  shard.receive(get);
  assert.equal(protocol.countsOfReply(posted.at(-1) as protocol.Reply).expired, 1);
  const told = posted.length;
  clock.advance(PURGE_INTERVAL_MS);
  assert.equal(posted.length, told);
});

test('a large purge answers messages between its slices', () => {
  const sizes: number[] = [];
  const { shard, posted, clock, store } = setUp(() =>
    clock.nextTurn(() => {
      const batch = protocol.createBatch(1);
      protocol.appendShardWide(batch, protocol.Op.SIZE);
      shard.receive(batch);
      const [size] = resultsOf(posted.at(-1));
      sizes.push(Number(size));
    }),
  );
  for (let i = 0; i < 5_000; i++) store.set(0, `${i}`, 'value', clock.now() + 500);
  clock.advance(PURGE_INTERVAL_MS);
  assert.deepEqual(
    sizes,
    [1, 2, 3, 4, 5].map((slices) => Math.max(0, 5_000 - slices * 1_024)),
  );
});

test('a clock that jumps does not stop the purge', () => {
  const { clock, store } = setUp();
  for (const jumpMs of [-86_400_000, 3_600_000, -1, 7 * 86_400_000]) {
    clock.jump(jumpMs);
    clock.advance(PURGE_INTERVAL_MS);
    store.set(0, 'a', 'value', clock.now() + 5_000);
    clock.advance(4_999);
    assert.equal(store.size, 1);
    clock.advance(1 + PURGE_INTERVAL_MS);
    assert.equal(store.size, 0, `after a jump of ${jumpMs}`);
  }
});

test('stop ends the purge, also one that is between two slices', () => {
  const { shard, clock, store } = setUp(() => clock.nextTurn(() => shard.stop()));
  for (let i = 0; i < 3_000; i++) store.set(0, `${i}`, 'value', clock.now() + 500);
  clock.advance(PURGE_INTERVAL_MS);
  assert.equal(store.size, 3_000 - 1_024);
  clock.advance(60_000);
  assert.equal(store.size, 3_000 - 1_024);
  assert.equal(clock.timers, 0);
});

test('an error of the store is not swallowed', () => {
  const clock = new ManualClock();
  const broken = {
    get: () => {
      throw new Error('broken store');
    },
  } as unknown as SessionStore;
  const shard = new Shard({
    shards: 1,
    store: broken,
    clock,
    replyBytesMax: Number.POSITIVE_INFINITY,
    post: () => {},
  });
  const batch = protocol.createBatch(1);
  protocol.appendGet(batch, 0, 'a', 1);
  assert.throws(() => shard.receive(batch), /broken store/);
});

test('an operation that is not known is refused', () => {
  const { shard } = setUp();
  assert.throws(() => shard.receive([1, 999 * 1_024]), /expected an operation, got 1022976/);
});

/** A batch of gets, of what is stored as so many `x`. */
function getsOf(sequence: number, ids: readonly string[], deadline: number): protocol.Batch {
  const batch = protocol.createBatch(sequence);
  for (const id of ids) protocol.appendGet(batch, 2, id, deadline);
  return batch;
}

const RECEIPT_WANTED = { kind: 'receiptWanted' };
const { PENDING } = protocol;

test('values that are too many bytes for one reply are answered in several, each as soon as it is full', () => {
  const { shard, store, posted, deadline } = setUp(undefined, undefined, 100);
  for (const id of ['a', 'b', 'c']) store.set(1, id, id.repeat(60), deadline);
  posted.length = 0;
  const batch = getsOf(3, ['a', 'b', 'c', 'missing'], deadline);
  protocol.appendSet(batch, 2, 'd', 'value', deadline);
  shard.receive(batch);
  const [first, receipt, last] = posted as [protocol.Reply, unknown, protocol.Reply];
  assert.deepEqual([first[0], receipt, last[0], posted.length], [-3, RECEIPT_WANTED, 3, 3]);
  assert.deepEqual(resultsOf(first), ['a'.repeat(60), 'b'.repeat(60), PENDING, PENDING, PENDING]);
  assert.deepEqual(resultsOf(last).slice(2), ['c'.repeat(60), 0, 0]);
});

test('shard reads no more than four replies that nobody has read, and goes on in order when they are', () => {
  const { shard, store, posted, deadline } = setUp(undefined, undefined, 100);
  const ids = Array.from({ length: 20 }, (_, i) => `${i}`);
  for (const id of ids) store.set(1, id, id.padEnd(60, 'x'), deadline);
  posted.length = 0;
  shard.receive(getsOf(1, ids, deadline));
  shard.receive(getsOf(2, ['missing'], deadline));
  const replies = () => posted.filter((message) => Array.isArray(message));
  const receiptsWanted = () => posted.filter((message) => isNotice(message)).length;
  const valuesTold = () =>
    replies().flatMap((reply) => resultsOf(reply).filter((result) => typeof result === 'string'));
  assert.equal(valuesTold().length, 7);
  for (let receipts = 1; receipts <= 10; receipts++) {
    shard.receive(protocol.createReceipt());
    assert(valuesTold().length <= 7 + 2 * receipts);
    assert(receiptsWanted() >= receipts || valuesTold().length === ids.length);
  }
  assert.deepEqual(
    valuesTold(),
    ids.map((id) => id.padEnd(60, 'x')),
  );
  assert.deepEqual(
    replies()
      .slice(-2)
      .map((reply) => (reply as protocol.Reply)[0]),
    [1, 2],
  );
});

test('small values that nobody has read count together, over all batches', () => {
  const { shard, store, posted, deadline } = setUp(undefined, undefined, 100);
  store.set(1, 'a', 'x'.repeat(10), deadline);
  posted.length = 0;
  for (let sequence = 1; sequence <= 100; sequence++) {
    shard.receive(getsOf(sequence, ['a'], deadline));
  }
  assert.equal(posted.filter((message) => Array.isArray(message)).length, 40);
  assert.equal(posted.filter((message) => isNotice(message)).length, 4);
  for (let i = 0; i < 10; i++) shard.receive(protocol.createReceipt());
  assert.equal(posted.filter((message) => Array.isArray(message)).length, 100);
});
