import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SessionStorageError } from '../../src/errors.js';
import { LINGER_MS } from '../../src/facade/flush-schedule.js';
import { IN_FLIGHT_BOUNDS } from '../../src/facade/in-flight-bounds.js';
import type { Operation } from '../../src/facade/operations.js';
import { appendShardWide, NONE, Op } from '../../src/protocol.js';
import {
  asked,
  BOUNDS,
  HUNG_MS,
  REQUEST_TIMEOUT_MS,
  RecordingOperation,
  reply,
  setUp,
  TICK_MS,
} from './channel-set-up.js';

test('operations of one turn travel in one batch, those of the next in another', () => {
  const { clock, port, channel, send } = setUp();
  send('a');
  send('b');
  assert.deepEqual(port.posted, []);
  assert.equal(channel.pending, 2);
  clock.runTurn();
  send('c');
  clock.runTurn();
  assert.deepEqual(asked(port.posted), [['a', 'b'], ['c']]);
  assert.equal(channel.pending, 3);
});

test('answers go to their operations by position', () => {
  const { clock, channel, send } = setUp();
  const [a, b] = [send('a'), send('b')];
  clock.runTurn();
  const c = send('c');
  clock.runTurn();
  channel.receive(reply(1, 'result of a', 17));
  assert.deepEqual([a.outcomes, b.outcomes, c.outcomes], [['result of a'], [17], []]);
  channel.receive(reply(2, NONE));
  assert.deepEqual(c.outcomes, [NONE]);
  assert.equal(channel.pending, 0);
});

test('the process is held from the first operation to the last answer', () => {
  const { clock, channel, send } = setUp();
  assert.equal(clock.holds, 0);
  send('a');
  assert.equal(clock.holds, 1);
  clock.runTurn();
  send('b');
  clock.runTurn();
  channel.receive(reply(1, NONE));
  assert.equal(clock.holds, 1);
  channel.receive(reply(2, NONE));
  assert.equal(clock.holds, 0);
});

test('nothing is posted before a shard serves', () => {
  const { clock, port, channel, send } = setUp({ attached: false });
  send('a');
  clock.runTurn();
  send('b');
  clock.runTurn();
  channel.attach(port);
  assert.deepEqual(asked(port.posted), [['a'], ['b']]);
});

test('last queued operation and its batch are those of the open turn only', () => {
  const { clock, channel, send } = setUp();
  assert.equal(channel.lastQueued, undefined);
  assert.equal(channel.lastBatch, undefined);
  const a = send('a');
  assert.equal(channel.lastQueued, a);
  assert.equal([...(channel.lastBatch ?? [])].at(-2), 'a');
  clock.runTurn();
  assert.equal(channel.lastQueued, undefined);
});

test('operation without an answer fails within a tick of its deadline, not before', () => {
  const { clock, send } = setUp();
  const a = send('a');
  clock.advance(TICK_MS / 2);
  const b = send('b');
  clock.advance(REQUEST_TIMEOUT_MS - TICK_MS / 2 - 1);
  assert.deepEqual(a.outcomes, []);
  clock.advance(1);
  clock.runTurns();
  assert.deepEqual([a.outcomes, b.outcomes], [['ERR_TIMEOUT'], []]);
  clock.advance(TICK_MS);
  clock.runTurns();
  assert.deepEqual(b.outcomes, ['ERR_TIMEOUT']);
});

test('a clock that jumps neither fails an operation nor keeps it', () => {
  for (const jumpMs of [-1e9, 1e9]) {
    const { clock, send } = setUp();
    const a = send('a');
    clock.jump(jumpMs);
    clock.advance(REQUEST_TIMEOUT_MS - 1);
    assert.deepEqual(a.outcomes, []);
    clock.advance(1);
    clock.runTurns();
    assert.deepEqual(a.outcomes, ['ERR_TIMEOUT']);
  }
});

test('operations that timed out stay queued: the late answer is taken, and the order kept', () => {
  const { clock, channel, send } = setUp();
  const a = send('a');
  clock.advance(REQUEST_TIMEOUT_MS);
  clock.runTurns();
  const b = send('b');
  clock.runTurns();
  assert.equal(clock.holds, 1);
  channel.receive(reply(1, 'too late'));
  channel.receive(reply(2, 'in time'));
  assert.deepEqual([a.outcomes, b.outcomes], [['ERR_TIMEOUT'], ['in time']]);
  assert.equal(clock.holds, 0);
});

test('answers that wait in the port while this thread was busy are read before a time-out', () => {
  const { clock, channel, send, faults } = setUp();
  const a = send('a');
  clock.runTurns();
  // The last tick: the timer fires first, then the port's messages are read, then the next turn.
  clock.after(REQUEST_TIMEOUT_MS, () => clock.nextTurn(() => channel.receive(reply(1, 'result'))));
  clock.advance(REQUEST_TIMEOUT_MS);
  clock.runTurns();
  assert.deepEqual([a.outcomes, faults], [['result'], []]);
});

test('one timer serves all operations, and none is left a tick after the last answer', () => {
  const { clock, channel, send } = setUp();
  for (let i = 1; i <= 50; i++) {
    send('x');
    clock.advance(1);
    assert.equal(clock.timers, 1);
    channel.receive(reply(i, NONE));
  }
  clock.advance(TICK_MS);
  clock.runTurns();
  assert.equal(clock.timers, 0);
  const late = send('y');
  clock.advance(REQUEST_TIMEOUT_MS);
  clock.runTurns();
  assert.deepEqual(late.outcomes, ['ERR_TIMEOUT']);
});

test('fail settles all that waits once, in order, and all that comes later', () => {
  const { clock, port, channel, send } = setUp();
  const sent = send('a');
  clock.runTurns();
  const open = send('b');
  channel.fail(new SessionStorageError('ERR_SHARD_UNAVAILABLE', 'a test'));
  assert.deepEqual(sent.outcomes, ['ERR_SHARD_UNAVAILABLE']);
  assert.deepEqual(open.outcomes, ['ERR_SHARD_UNAVAILABLE']);
  assert.equal(clock.holds, 0);
  const later = send('c');
  assert.deepEqual(later.outcomes, []);
  clock.advance(10 * REQUEST_TIMEOUT_MS);
  assert.deepEqual(later.outcomes, ['ERR_SHARD_UNAVAILABLE']);
  assert.deepEqual(sent.outcomes, ['ERR_SHARD_UNAVAILABLE']);
  assert.equal(port.posted.length, 1);
  assert.equal(channel.pending, 0);
});

test('a shard that serves again after all has failed is asked what comes from then on', () => {
  const { clock, channel, send, restart } = setUp();
  channel.fail(new SessionStorageError('ERR_SHARD_UNAVAILABLE', 'a test'));
  const next = restart();
  const a = send('a');
  clock.runTurn();
  assert.deepEqual(asked(next.posted), [['a']]);
  channel.receive(reply(1, NONE));
  assert.deepEqual(a.outcomes, [NONE]);
});

test('answers that break the protocol are a fault of the shard, and settle nothing', () => {
  const { clock, channel, send, faults } = setUp();
  channel.receive(reply(1));
  assert.equal(faults.length, 1);
  const a = send('a');
  clock.runTurns();
  channel.receive(reply(2, NONE));
  channel.receive(reply(1, NONE, NONE));
  assert.equal(faults.length, 3);
  assert.deepEqual(a.outcomes, []);
  channel.receive(reply(1, NONE));
  assert.deepEqual(a.outcomes, [NONE]);
});

test('shard that is asked and answers nothing is at fault; one that answers slowly is not', () => {
  const { clock, channel, send, faults } = setUp();
  send('a');
  clock.advance(HUNG_MS);
  clock.runTurns();
  assert.equal(faults.length, 1);
  assert.match(faults[0] ?? '', /nothing for 1600 ms/);
  const slow = setUp();
  for (let i = 1; i <= 20; i++) {
    slow.send('a');
    slow.send('b');
    slow.clock.advance(HUNG_MS - 2 * TICK_MS);
    slow.channel.receive(reply(i, NONE, NONE));
    assert.deepEqual(slow.faults, []);
  }
  channel.receive(reply(1, NONE));
});

test('shard that always has something left to do, but answers, is not at fault', () => {
  const { clock, channel, send, faults } = setUp();
  send('a');
  clock.runTurn();
  for (let i = 1; i <= 20; i++) {
    send('a');
    clock.advance(HUNG_MS - 2 * TICK_MS);
    channel.receive(reply(i, NONE));
  }
  assert.deepEqual(faults, []);
});

test('shard that has nothing to do, or does not serve yet, is not at fault', () => {
  const { clock, channel, port, send, faults } = setUp({ attached: false });
  const waiting = send('a');
  clock.advance(3 * HUNG_MS);
  channel.attach(port);
  clock.advance(HUNG_MS - 2 * TICK_MS);
  assert.deepEqual([faults, waiting.outcomes], [[], ['ERR_TIMEOUT']]);
  channel.receive(reply(1, NONE));
  clock.advance(3 * HUNG_MS);
  assert.deepEqual(faults, []);
});

test('operations on all sessions are let in when there is too much, up to a bound', () => {
  const { clock, channel, send } = setUp();
  for (let i = 0; i < BOUNDS.operationsMax; i++) send('a');
  const refused = send('b');
  const codes: string[] = [];
  for (let i = 0; i < 2_000; i++) {
    const operation: Operation = { succeed: () => {}, fail: ({ code }) => codes.push(code) };
    appendShardWide(channel.queueShardWide(operation), Op.FLUSH);
  }
  clock.runTurns();
  assert.deepEqual(refused.outcomes, ['ERR_OVERLOADED']);
  // More than a setInactive needs, of which some are let in as well.
  const headroom = BOUNDS.operationsMax / 2 + 1_024;
  assert.equal(codes.length, 2_000 - headroom);
  assert.equal(channel.pending, BOUNDS.operationsMax + headroom);
});

test('batch that is full is posted within the turn', () => {
  const { channel, port } = setUp({ bounds: IN_FLIGHT_BOUNDS });
  for (let i = 0; i < 257; i++) channel.queue(new RecordingOperation(), 1).push(Op.SIZE);
  assert.deepEqual(
    port.posted.map(({ length }) => length),
    [1 + 256],
  );
});

test('operation that joins a batch that lingers has the whole time, too', () => {
  const { channel, clock } = setUp();
  const patient = Object.assign(new RecordingOperation(), { urgent: false });
  channel.queue(patient, 1).push(Op.SIZE);
  clock.advance(LINGER_MS / 2);
  const urgent = new RecordingOperation();
  channel.queue(urgent, 1).push(Op.SIZE);
  clock.advance(REQUEST_TIMEOUT_MS - LINGER_MS / 2);
  assert.deepEqual(urgent.outcomes, []);
  clock.advance(TICK_MS);
  assert.deepEqual([patient.outcomes, urgent.outcomes], [['ERR_TIMEOUT'], ['ERR_TIMEOUT']]);
});

test('shard that says it is busy with what it was asked is not taken for hung', () => {
  const { clock, channel, send, faults } = setUp();
  const waiting = send('a');
  clock.runTurns();
  for (let i = 0; i < 5; i++) {
    clock.advance(HUNG_MS - TICK_MS);
    channel.onBusy();
  }
  assert.deepEqual([faults, waiting.outcomes], [[], ['ERR_TIMEOUT']]);
  clock.advance(HUNG_MS);
  assert.equal(faults.length, 1);
});
