import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CoarseTimer } from '../../src/facade/coarse-timer.js';
import { ManualClock } from '../twins/manual-clock.js';

function setUp(timeoutMs: number) {
  const clock = new ManualClock();
  const ticks: number[] = [];
  const startMs = clock.now();
  const timer = new CoarseTimer(clock, timeoutMs, () => ticks.push(clock.now() - startMs));
  return { clock, timer, ticks };
}

test('timer stands until it is run, and ticks eight times in a timeout', () => {
  const { clock, timer, ticks } = setUp(800);
  clock.advance(1_000);
  assert.deepEqual([ticks, clock.timers], [[], 0]);
  timer.run();
  timer.run();
  clock.advance(800);
  clock.runTurns();
  assert.deepEqual([ticks.length, ticks.at(-1), timer.tick], [8, 1_800, 8]);
});

test('timer that comes late ticks once', () => {
  const { clock, timer, ticks } = setUp(800);
  timer.run();
  // A process that was stopped: all timers are due at once.
  clock.jump(1_000_000);
  clock.advance(100);
  clock.runTurns();
  assert.equal(ticks.length, 1);
});

test('ticks of a time take it at least, and a tick more at most', () => {
  for (const timeoutMs of [1, 7, 8, 500, 2_001]) {
    const { timer } = setUp(timeoutMs);
    const tickMs = Math.ceil(timeoutMs / 8);
    const ms = timer.ticksOf(timeoutMs) * tickMs;
    assert(ms >= timeoutMs && ms < timeoutMs + tickMs);
  }
});

test('timer that is stopped, also between its time and the next turn, does not tick', () => {
  const { clock, timer, ticks } = setUp(800);
  timer.run();
  const { nextTurn } = clock;
  clock.nextTurn = (callback) => {
    timer.stop();
    nextTurn.call(clock, callback);
  };
  clock.advance(1_000);
  clock.runTurns();
  clock.nextTurn = nextTurn;
  assert.deepEqual([ticks, clock.timers], [[], 0]);
  timer.run();
  clock.advance(100);
  clock.runTurns();
  assert.equal(ticks.length, 1);
});
