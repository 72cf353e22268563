import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ShardChannel } from '../../src/facade/shard-channel.js';
import { NONE } from '../../src/protocol.js';
import {
  asked,
  BOUNDS,
  REQUEST_TIMEOUT_MS,
  type RecordingPort,
  reply,
  setUp,
} from './channel-set-up.js';

test('what was not answered is asked again of the next worker, in order, then what came since', () => {
  const { clock, channel, send, restart } = setUp();
  const operations = ['a', 'b', 'c'].map((part) => {
    const operation = send(part);
    clock.runTurn();
    return operation;
  });
  channel.receive(reply(1, NONE));
  const open = send('d');
  const next = restart();
  clock.runTurn();
  assert.deepEqual(asked(next.posted), [['b'], ['c'], ['d']]);
  for (const sequence of [2, 3, 4]) channel.receive(reply(sequence, NONE));
  for (const operation of [...operations, open]) assert.deepEqual(operation.outcomes, [NONE]);
});

test('operation that timed out is asked again all the same, and nobody hears of it', () => {
  const { clock, channel, send, restart } = setUp();
  const a = send('a');
  clock.advance(REQUEST_TIMEOUT_MS);
  clock.runTurns();
  const next = restart();
  assert.deepEqual(asked(next.posted), [['a']]);
  channel.receive(reply(1, NONE));
  assert.deepEqual(a.outcomes, ['ERR_TIMEOUT']);
  assert.equal(channel.pending, 0);
});

test('no more is posted than the shard may have; the rest follows its answers, in order', () => {
  const { clock, port, channel, send } = setUp();
  for (const part of 'abcdef') {
    send(part);
    clock.runTurn();
  }
  assert.deepEqual(asked(port.posted), [['a'], ['b'], ['c'], ['d']]);
  channel.receive(reply(1, NONE));
  channel.receive(reply(2, NONE));
  assert.deepEqual(asked(port.posted), [['a'], ['b'], ['c'], ['d'], ['e'], ['f']]);
});

test('no more bytes are posted than the shard may have, but one batch at least', () => {
  const { clock, port, channel, send } = setUp();
  for (const part of 'abc') {
    send(part, BOUNDS.postedBytesMax / 2 + 1);
    clock.runTurn();
  }
  assert.deepEqual(asked(port.posted), [['a']]);
  channel.receive(reply(1, NONE));
  assert.deepEqual(asked(port.posted), [['a'], ['b']]);
});

test('too much in flight, in number or in bytes, is refused at once, and taken again after answers', () => {
  for (const bytes of [10, BOUNDS.bytesMax / 2]) {
    const { clock, channel, send } = setUp();
    const taken = Math.min(BOUNDS.operationsMax, BOUNDS.bytesMax / bytes);
    for (let i = 0; i < taken; i++) {
      send('a', bytes);
      clock.runTurn();
    }
    const refused = send('b', bytes);
    clock.runTurn();
    assert.deepEqual(refused.outcomes, ['ERR_OVERLOADED']);
    assert.equal(channel.pending, taken);
    channel.receive(reply(1, NONE));
    const later = send('c', bytes);
    clock.runTurns();
    assert.deepEqual(later.outcomes, []);
  }
});

test('an operation larger than the bound is taken when nothing else is in flight', () => {
  const { clock, port, send } = setUp();
  send('a', BOUNDS.bytesMax * 2);
  const refused = send('b', 1);
  clock.runTurns();
  assert.deepEqual(asked(port.posted), [['a']]);
  assert.deepEqual(refused.outcomes, ['ERR_OVERLOADED']);
});

/** A worker's life: it answers what it is posted until it meets the poison. True if it did. */
function liveOn(port: RecordingPort, channel: ShardChannel): boolean {
  // What is posted grows with the answers.
  for (const batch of port.posted) {
    if (batch.includes('poison')) return true;
    const parts = batch.filter((part) => typeof part === 'string');
    channel.receive(reply(Number(batch[0]), ...parts.map(() => NONE)));
  }
  return false;
}

for (const [parts, workers] of [
  [['poison'], 3],
  [['a', 'b', 'poison', 'd'], 5],
] as const) {
  test(`operation that ends each worker is found among ${parts.length} and refused, the rest applied`, () => {
    const { clock, channel, send, restart, port } = setUp();
    const operations = parts.map((part) => send(part));
    clock.runTurn();
    const later = send('later');
    clock.runTurn();
    let current = port;
    let ended = 0;
    while (liveOn(current, channel)) {
      ended++;
      assert(ended <= workers, `the poison has ended ${ended} workers`);
      current = restart();
    }
    assert.equal(ended, workers);
    const outcomes = [...operations, later].map((operation) => operation.outcomes);
    const expected = [...parts, 'later'].map((part) =>
      part === 'poison' ? ['ERR_POISONOUS_OPERATION'] : [NONE],
    );
    assert.deepEqual(outcomes, expected);
    assert.deepEqual([channel.pending, clock.holds], [0, 0]);
  });
}

test('poison whose time is over is reported', () => {
  const { clock, send, restart, reported, channel } = setUp();
  const poison = send('poison');
  clock.advance(REQUEST_TIMEOUT_MS);
  clock.runTurns();
  for (let i = 0; i < 3; i++) restart();
  assert.deepEqual(poison.outcomes, ['ERR_TIMEOUT']);
  assert.deepEqual(reported, ['ERR_POISONOUS_OPERATION']);
  assert.equal(channel.pending, 0);
});

test('workers that end one after the other, with answers in between, refuse nothing', () => {
  const { clock, channel, send, restart } = setUp();
  for (let i = 1; i <= 10; i++) {
    const operation = send('a');
    clock.runTurn();
    restart();
    restart();
    channel.receive(reply(i, NONE));
    assert.deepEqual(operation.outcomes, [NONE]);
  }
});
