import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SetOperation } from '../../src/facade/operations.js';
import type { ShardChannel } from '../../src/facade/shard-channel.js';
import {
  appendSet,
  appendSetInactive,
  type Batch,
  makeLastSetInactive,
  NONE,
} from '../../src/protocol.js';
import {
  BOUNDS,
  REQUEST_TIMEOUT_MS,
  RecordingOperation,
  type RecordingPort,
  reply,
  setUp,
} from './channel-set-up.js';

/** Fills a channel, and gives a function that sets one more session inactive. */
function setUpFull(bytes: number) {
  const { clock, channel, send } = setUp();
  for (let i = 0; i < BOUNDS.operationsMax; i++) send('a', bytes);
  clock.runTurns();
  const setInactive = (id = 'b'.repeat(bytes)): RecordingOperation => {
    const operation = new RecordingOperation();
    assert.equal(channel.divertSetInactive(id, 100), undefined);
    appendSetInactive(channel.queueSetInactive(operation, id.length), 0, id, 100);
    return operation;
  };
  return { clock, channel, setInactive };
}

test('setInactive is let in when there are too many operations, up to a bound', () => {
  const { clock, channel, setInactive } = setUpFull(10);
  for (let i = 0; i < BOUNDS.operationsMax / 2; i++) setInactive();
  assert.throws(setInactive, { code: 'ERR_OVERLOADED' });
  clock.runTurns();
  channel.receive(reply(1, ...Array(BOUNDS.operationsMax).fill(NONE)));
  const later = setInactive();
  clock.runTurns();
  assert.deepEqual(later.outcomes, []);
});

test('setInactive is let in when there are too many bytes, up to a bound', () => {
  const { setInactive } = setUpFull(BOUNDS.bytesMax / BOUNDS.operationsMax);
  setInactive('b'.repeat(BOUNDS.bytesMax / 16));
  setInactive('b'.repeat(BOUNDS.bytesMax / 16));
  assert.throws(() => setInactive('bb'), { code: 'ERR_OVERLOADED' });
});

const POISON = 'poison';

/** Queues a `set` of that value and the `setInactive` behind it. */
function close(channel: ShardChannel, id: string, value: string) {
  const operation = new SetOperation(id, () => {});
  const batch = channel.queue(operation, id.length + value.length);
  appendSet(batch, 0, id, value, 200);
  makeLastSetInactive(batch, 100);
  const inactive = operation.joinInactive();
  return { stored: outcomeOf(operation.promise), inactive: outcomeOf(inactive) };
}

function outcomeOf(promise: Promise<void>): Promise<string> {
  return promise.then(
    () => 'done',
    ({ code }: { code: string }) => code,
  );
}

/** A worker's life: it answers batches until one has poison. True if one had. */
function liveOn(port: RecordingPort, channel: ShardChannel, isPoison: (batch: Batch) => boolean) {
  for (const batch of port.posted) {
    if (isPoison(batch)) return true;
    const [sequence, ...parts] = batch;
    const ids = parts.filter((part) => typeof part === 'string' && part.startsWith('id-'));
    channel.receive(reply(Number(sequence), ...ids.map(() => NONE)));
  }
  return false;
}

for (const values of [[POISON], ['one', POISON, 'three']]) {
  test(`value that ends each worker, one of ${values.length}: its session is set inactive all the same`, async () => {
    const { clock, channel, restart, port } = setUp();
    const outcomes = values.map((value, i) => close(channel, `id-${i}`, value));
    clock.runTurn();
    let current = port;
    let ended = 0;
    for (; liveOn(current, channel, (batch) => batch.includes(POISON)); ended++) {
      assert(ended < 5, 'it is found');
      current = restart();
    }
    const poisoned = values.indexOf(POISON);
    const expected: Batch = [];
    appendSetInactive(expected, 0, `id-${poisoned}`, 100);
    assert(current.posted.some((batch) => batch.join().endsWith(expected.join())));
    for (const [i, { stored, inactive }] of outcomes.entries()) {
      const isPoisoned = i === poisoned;
      assert.equal(await stored, isPoisoned ? 'ERR_POISONOUS_OPERATION' : 'done');
      assert.equal(await inactive, 'done');
    }
    assert.deepEqual([channel.pending, clock.holds], [0, 0]);
  });
}

test('session of which each operation ends the worker: both are refused, and the search ends', async () => {
  const { channel, clock, restart, port } = setUp();
  const { stored, inactive } = close(channel, 'id-0', 'value');
  clock.runTurn();
  let current = port;
  let ended = 0;
  for (; liveOn(current, channel, (batch) => batch.includes('id-0')); ended++) {
    assert(ended < 10, 'it ends');
    current = restart();
  }
  assert.equal(ended, 5);
  assert.equal(await stored, 'ERR_POISONOUS_OPERATION');
  assert.equal(await inactive, 'ERR_POISONOUS_OPERATION');
  assert.deepEqual([channel.pending, clock.holds], [0, 0]);
});

test('value that ends each worker, and whose time is over, is reported, and its session is set inactive', async () => {
  const { channel, clock, restart, reported } = setUp();
  const { stored, inactive } = close(channel, 'id-0', POISON);
  clock.advance(REQUEST_TIMEOUT_MS);
  clock.runTurns();
  assert.deepEqual([await stored, await inactive], ['ERR_TIMEOUT', 'ERR_TIMEOUT']);
  restart();
  restart();
  const last = restart();
  assert.deepEqual(reported, ['ERR_POISONOUS_OPERATION']);
  const expected: Batch = [1];
  appendSetInactive(expected, 0, 'id-0', 100);
  assert.deepEqual(last.posted, [expected]);
  channel.receive(reply(1, NONE));
  assert.deepEqual([channel.pending, clock.holds], [0, 0]);
});
