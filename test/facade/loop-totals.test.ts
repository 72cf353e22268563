import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LoopTotals } from '../../src/facade/loop-totals.js';

test('totals go on over the end of a worker, with what it has said last', () => {
  const totals = new LoopTotals();
  assert.deepEqual(totals.total, { idleMs: 0, activeMs: 0 });
  totals.update({ idleMs: 10, activeMs: 1, utilization: 0.5 });
  totals.update({ idleMs: 30, activeMs: 2, utilization: 0.5 });
  assert.deepEqual(totals.total, { idleMs: 30, activeMs: 2 });
  totals.endWorker();
  assert.deepEqual(totals.total, { idleMs: 30, activeMs: 2 });
  totals.endWorker();
  totals.update({ idleMs: 5, activeMs: 7, utilization: 0.5 });
  assert.deepEqual(totals.total, { idleMs: 35, activeMs: 9 });
});
