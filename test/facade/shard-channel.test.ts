import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SessionStorageError } from '../../src/errors.js';
import type { Operation } from '../../src/facade/operations.js';
import { ShardChannel } from '../../src/facade/shard-channel.js';
import type { ShardPort } from '../../src/facade/shard-port.js';
import { type Batch, NONE, type Reply, type Result } from '../../src/protocol.js';
import { ManualClock } from '../twins/manual-clock.js';

const REQUEST_TIMEOUT_MS = 1_000;

class RecordingPort implements ShardPort {
  readonly posted: Batch[] = [];
  referenced = false;

  post(batch: Batch): void {
    this.posted.push(structuredClone(batch));
  }

  ref(): void {
    this.referenced = true;
  }

  unref(): void {
    this.referenced = false;
  }
}

class RecordingOperation implements Operation {
  readonly outcomes: (Result | string)[] = [];

  succeed(result: Result): void {
    this.outcomes.push(result);
  }

  fail(error: SessionStorageError): void {
    this.outcomes.push(error.code);
  }
}

function setUp() {
  const clock = new ManualClock();
  const port = new RecordingPort();
  const channel = new ShardChannel({
    shard: 3,
    port,
    clock,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
  });
  const send = (...parts: Batch): RecordingOperation => {
    const operation = new RecordingOperation();
    channel.queue(operation).push(...parts);
    return operation;
  };
  return { clock, port, channel, send };
}

test('operations of one turn travel in one batch, those of the next in another', () => {
  const { clock, port, channel, send } = setUp();
  send('a');
  send('b');
  assert.deepEqual(port.posted, []);
  assert.equal(channel.pending, 2);
  clock.runTurn();
  send('c');
  clock.runTurn();
  assert.deepEqual(port.posted, [
    [1, 'a', 'b'],
    [2, 'c'],
  ]);
  assert.equal(channel.pending, 3);
});

test('answers go to their operations by position', () => {
  const { clock, channel, send } = setUp();
  const [a, b] = [send('a'), send('b')];
  clock.runTurn();
  const c = send('c');
  clock.runTurn();
  channel.receive([1, 'result of a', 17]);
  assert.deepEqual([a.outcomes, b.outcomes, c.outcomes], [['result of a'], [17], []]);
  channel.receive([2, NONE]);
  assert.deepEqual(c.outcomes, [NONE]);
  assert.equal(channel.pending, 0);
});

test('the port keeps the process alive from the post to the last answer', () => {
  const { clock, port, channel, send } = setUp();
  send('a');
  assert.equal(port.referenced, false);
  clock.runTurn();
  assert.equal(port.referenced, true);
  send('b');
  clock.runTurn();
  channel.receive([1, NONE]);
  assert.equal(port.referenced, true);
  channel.receive([2, NONE]);
  assert.equal(port.referenced, false);
});

test('last queued operation and its batch are those of the open turn only', () => {
  const { clock, channel, send } = setUp();
  assert.equal(channel.lastQueued, undefined);
  assert.equal(channel.lastBatch, undefined);
  const a = send('a');
  assert.equal(channel.lastQueued, a);
  assert.deepEqual(channel.lastBatch, [1, 'a']);
  clock.runTurn();
  assert.equal(channel.lastQueued, undefined);
});

test('operation without an answer fails at its deadline, not before', () => {
  const { clock, send } = setUp();
  const a = send('a');
  clock.advance(400);
  const b = send('b');
  clock.advance(599);
  assert.deepEqual(a.outcomes, []);
  clock.advance(1);
  clock.runTurns();
  assert.deepEqual([a.outcomes, b.outcomes], [['ERR_TIMEOUT'], []]);
  clock.advance(400);
  clock.runTurns();
  assert.deepEqual(b.outcomes, ['ERR_TIMEOUT']);
});

test('operations that timed out stay queued: the late answer is taken, and the order kept', () => {
  const { clock, port, channel, send } = setUp();
  const a = send('a');
  clock.advance(REQUEST_TIMEOUT_MS);
  clock.runTurns();
  const b = send('b');
  clock.runTurns();
  assert.equal(port.referenced, true);
  channel.receive([1, 'too late']);
  channel.receive([2, 'in time']);
  assert.deepEqual([a.outcomes, b.outcomes], [['ERR_TIMEOUT'], ['in time']]);
  assert.equal(port.referenced, false);
});

test('answers that wait in the port while this thread was busy are read before a time-out', () => {
  const { clock, channel, send } = setUp();
  const a = send('a');
  clock.runTurns();
  // A busy thread: time passes, the timer fires first, then the port's messages, then the next turn.
  clock.jump(5_000);
  clock.nextTurn(() => channel.receive([1, 'result']));
  clock.advance(REQUEST_TIMEOUT_MS);
  clock.runTurns();
  assert.deepEqual(a.outcomes, ['result']);
});

test('one timer serves all operations, and none is left when all is answered', () => {
  const { clock, channel, send } = setUp();
  for (let i = 0; i < 50; i++) {
    send('x');
    clock.advance(1);
  }
  assert.equal(clock.timers, 1);
  for (let i = 1; i <= 50; i++) channel.receive([i, NONE]);
  clock.advance(REQUEST_TIMEOUT_MS);
  clock.runTurns();
  assert.equal(clock.timers, 0);
  const late = send('y');
  clock.advance(REQUEST_TIMEOUT_MS);
  clock.runTurns();
  assert.deepEqual(late.outcomes, ['ERR_TIMEOUT']);
});

test('operation that is still in the open batch when the timer looks has its own deadline', () => {
  const { clock, channel, send } = setUp();
  send('a');
  clock.runTurns();
  channel.receive([1, NONE]);
  let b: RecordingOperation | undefined;
  // Queued in the very turn in which the time-out is looked for, before it.
  clock.after(REQUEST_TIMEOUT_MS, () => clock.nextTurn(() => {}));
  clock.advance(REQUEST_TIMEOUT_MS - 1);
  clock.nextTurn(() => {
    b = send('b');
  });
  clock.advance(1);
  clock.runTurns();
  assert.deepEqual(b?.outcomes, []);
  clock.advance(REQUEST_TIMEOUT_MS);
  clock.runTurns();
  assert.deepEqual(b?.outcomes, ['ERR_TIMEOUT']);
});

test('fail settles all that waits once, in order, and all that comes later', () => {
  const { clock, port, channel, send } = setUp();
  const sent = send('a');
  clock.runTurns();
  const open = send('b');
  channel.fail(new SessionStorageError('ERR_SHARD_UNAVAILABLE', 'a test'));
  assert.deepEqual(sent.outcomes, ['ERR_SHARD_UNAVAILABLE']);
  assert.deepEqual(open.outcomes, ['ERR_SHARD_UNAVAILABLE']);
  assert.equal(port.referenced, false);
  const later = send('c');
  assert.deepEqual(later.outcomes, []);
  clock.advance(10 * REQUEST_TIMEOUT_MS);
  assert.deepEqual(later.outcomes, ['ERR_SHARD_UNAVAILABLE']);
  assert.deepEqual(sent.outcomes, ['ERR_SHARD_UNAVAILABLE']);
  assert.equal(port.posted.length, 1);
  assert.equal(channel.pending, 0);
});

test('answers that break the protocol are refused', () => {
  const { clock, channel, send } = setUp();
  assert.throws(() => channel.receive([1]), /answer in order/);
  send('a');
  clock.runTurns();
  assert.throws(() => channel.receive([2, NONE]), /answer in order/);
  send('b');
  clock.runTurns();
  const tooLong: Reply = [2, NONE, NONE];
  assert.throws(() => channel.receive(tooLong), /one result each/);
});
