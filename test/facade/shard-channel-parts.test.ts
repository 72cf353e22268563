import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PENDING, type Reply } from '../../src/protocol.js';
import { asked, HUNG_MS, REQUEST_TIMEOUT_MS, reply, setUp, TICK_MS } from './channel-set-up.js';

function part(sequence: number, ...results: number[]): Reply {
  return [-sequence, ...reply(sequence, ...results).slice(1)];
}

test('batches may be answered in any order, and what follows is posted', () => {
  const { clock, channel, port, send, faults } = setUp();
  const [a, b] = [send('a'), send('b')];
  clock.runTurn();
  const [c, d] = [send('c'), send('d')];
  clock.runTurn();
  const e = send('e');
  clock.runTurn();
  assert.deepEqual(asked(port.posted), [
    ['a', 'b'],
    ['c', 'd'],
  ]);
  channel.receive(reply(2, 3, 4));
  assert.deepEqual(asked(port.posted), [['a', 'b'], ['c', 'd'], ['e']]);
  channel.receive(reply(3, 5));
  channel.receive(reply(1, 1, 2));
  const outcomes = [a, b, c, d, e].map((operation) => operation.outcomes);
  assert.deepEqual(outcomes, [[1], [2], [3], [4], [5]]);
  assert.deepEqual([channel.pending, faults], [0, []]);
});

test('a batch that is answered twice is a fault', () => {
  const { clock, channel, send, faults } = setUp();
  send('a');
  clock.runTurn();
  send('b');
  clock.runTurn();
  channel.receive(reply(2, 1));
  channel.receive(reply(2, 1));
  assert.equal(faults.length, 1);
});

test('a part of a batch is answered at once, the rest with the last reply', () => {
  const { clock, channel, send } = setUp();
  const [a, b] = [send('a'), send('b')];
  clock.runTurn();
  channel.receive(part(1, PENDING, 7));
  assert.deepEqual([a.outcomes, b.outcomes, channel.pending], [[], [7], 2]);
  channel.receive(reply(1, 6, 7));
  assert.deepEqual([a.outcomes, b.outcomes, channel.pending], [[6], [7], 0]);
});

test('a part of an answer is a sign of life', () => {
  const { clock, channel, send, faults } = setUp();
  send('a');
  send('b');
  clock.runTurn();
  clock.advance(HUNG_MS - TICK_MS);
  channel.receive(part(1, PENDING, 7));
  clock.advance(HUNG_MS - TICK_MS);
  assert.deepEqual(faults, []);
});

test('a successor is asked for what was not answered, and not for the rest', () => {
  const { clock, channel, send, restart } = setUp();
  const [a, b, c] = [send('a'), send('b'), send('c')];
  clock.runTurn();
  channel.receive(part(1, PENDING, 7, PENDING));
  const next = restart();
  assert.deepEqual(asked(next.posted), [['a', 'c']]);
  assert.equal(channel.pending, 2);
  channel.receive(reply(1, 5, 6));
  assert.deepEqual([a.outcomes, b.outcomes, c.outcomes], [[5], [7], [6]]);
  assert.equal(channel.pending, 0);
  assert.equal(clock.holds, 0);
});

test('time is over while the server is away: it says why, and afterwards it does not', () => {
  const { clock, channel, send } = setUp();
  const a = send('a');
  clock.runTurn();
  channel.onConnection({
    kind: 'reconnecting',
    code: 'ERR_REDIS_LOADING',
    reason: 'LOADING Redis is loading',
  });
  clock.advance(REQUEST_TIMEOUT_MS + TICK_MS);
  channel.onConnection({ kind: 'connected' });
  const b = send('b');
  clock.runTurn();
  clock.advance(TICK_MS * 4);
  channel.onBusy();
  clock.advance(REQUEST_TIMEOUT_MS);
  assert.deepEqual([a.outcomes, b.outcomes], [['ERR_REDIS_LOADING'], ['ERR_TIMEOUT']]);
});
