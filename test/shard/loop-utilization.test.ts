import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LoopUtilization, WINDOW_MS_MIN } from '../../src/shard/loop-utilization.js';

/** A loop whose times the test moves. */
function setUp() {
  const loop = { idle: 0, active: 0 };
  const utilization = new LoopUtilization(() => ({ ...loop }));
  const pass = (ms: number, share: number) => {
    loop.active += ms * share;
    loop.idle += ms * (1 - share);
  };
  return { pass, times: () => utilization.times(), loop };
}

test('times: idle and active since the start, however often they are read', () => {
  const { pass, times } = setUp();
  assert.deepEqual(times(), { idleMs: 0, activeMs: 0, utilization: 0 });
  for (let i = 1; i <= 100; i++) {
    pass(1_000, 0.25);
    const { idleMs, activeMs } = times();
    assert.deepEqual([idleMs, activeMs], [i * 750, i * 250]);
  }
});

test('utilization: that of all time while it is younger than the window', () => {
  const { pass, times } = setUp();
  pass(100, 1);
  assert.equal(times().utilization, 1);
  pass(100, 0);
  assert.equal(times().utilization, 0.5);
});

test('utilization: who reads all the time does not shorten what another reading is about', () => {
  const { pass, times } = setUp();
  // Busy now and then, half of the time; the time of a reading alone would be busy or idle.
  for (let i = 0; i < 500; i++) {
    pass(100, i % 2);
    const { utilization } = times();
    if (i > 10) assert(utilization > 0.4 && utilization < 0.6, `${i}: ${utilization}`);
  }
});

test('utilization: what was long ago does not count', () => {
  const { pass, times } = setUp();
  pass(10 * WINDOW_MS_MIN, 1);
  times();
  pass(WINDOW_MS_MIN, 0.5);
  assert.equal(times().utilization, 0.5);
  pass(WINDOW_MS_MIN, 0);
  times();
  pass(1, 1);
  assert(times().utilization < 0.001);
});

test('utilization of this thread is a share of its times', () => {
  const { idleMs, activeMs, utilization } = new LoopUtilization().times();
  assert(idleMs >= 0 && activeMs >= 0 && utilization >= 0 && utilization <= 1);
});
