import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readClockAnchor, SteadyClock } from '../src/clock.js';

test('now is whole Unix milliseconds, next to the wall clock', () => {
  const clock = new SteadyClock(readClockAnchor());
  const before = Date.now();
  const now = clock.now();
  const after = Date.now();
  assert(Number.isInteger(now));
  // Rounding down once in either clock.
  assert(now >= before - 1 && now <= after + 1, `${before} <= ${now} <= ${after}`);
});

test('now follows the anchor, not the wall clock', () => {
  const anchor = readClockAnchor();
  const yearMs = 365 * 86_400_000;
  const shifted = new SteadyClock({ ...anchor, unixMs: anchor.unixMs - yearMs });
  const difference = new SteadyClock(anchor).now() - shifted.now();
  assert(Math.abs(difference - yearMs) <= 1);
});

test('clocks made of one anchor at different times agree', async () => {
  const anchor = readClockAnchor();
  const first = new SteadyClock(anchor);
  await new Promise((resolve) => setTimeout(resolve, 5));
  const second = new SteadyClock(anchor);
  const before = first.now();
  const now = second.now();
  assert(now >= before - 1 && now <= first.now() + 1);
});

test('after calls back once, not before its time, and can be cancelled', async () => {
  const clock = new SteadyClock(readClockAnchor());
  const startMs = clock.now();
  let cancelled = false;
  const cancel = clock.after(1, () => {
    cancelled = true;
  });
  cancel();
  const keepAlive = setInterval(() => {}, 1_000);
  await new Promise<void>((resolve) => clock.after(20, resolve));
  clearInterval(keepAlive);
  assert(clock.now() - startMs >= 19);
  assert.equal(cancelled, false);
});

test('nextTurn calls back after the microtasks of this turn', async () => {
  const clock = new SteadyClock(readClockAnchor());
  const order: string[] = [];
  await new Promise<void>((resolve) => {
    clock.nextTurn(() => {
      order.push('turn');
      resolve();
    });
    queueMicrotask(() => order.push('microtask'));
  });
  assert.deepEqual(order, ['microtask', 'turn']);
});
