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

test('timer stands until there is a deadline, and ticks eight times to it', () => {
  const { clock, timer, ticks } = setUp(800);
  clock.advance(1_000);
  assert.deepEqual([ticks, clock.timers], [[], 0]);
  assert.equal(timer.deadline(800), 8);
  clock.advance(800);
  clock.runTurns();
  assert.deepEqual([ticks.length, ticks.at(-1), timer.tick], [8, 1_800, 8]);
});

test('deadline is never early, and never late by more than a tick', () => {
  for (const timeoutMs of [1, 7, 8, 500, 2_001]) {
    const { clock, timer } = setUp(timeoutMs);
    const tickMs = Math.ceil(timeoutMs / 8);
    for (let i = 0; i < 50; i++) {
      const deadline = timer.deadline(timeoutMs);
      let waitedMs = 0;
      while (timer.tick < deadline) {
        clock.advance(1);
        clock.runTurns();
        waitedMs++;
      }
      assert(waitedMs >= timeoutMs && waitedMs < timeoutMs + 2 * tickMs, `${waitedMs}`);
      clock.advance(i % tickMs);
    }
  }
});

test('timer that is stopped, also between its time and the next turn, does not tick', () => {
  const { clock, timer, ticks } = setUp(800);
  timer.deadline(800);
  const { nextTurn } = clock;
  clock.nextTurn = (callback) => {
    timer.stop();
    nextTurn.call(clock, callback);
  };
  clock.advance(1_000);
  clock.runTurns();
  clock.nextTurn = nextTurn;
  assert.deepEqual([ticks, clock.timers], [[], 0]);
  timer.deadline(800);
  clock.advance(100);
  clock.runTurns();
  assert.equal(ticks.length, 1);
});
