import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pacer } from '../../../benchmarks/measuring/pacer.js';

/** Begins all that a tick says; gives the times from which they count. */
function beginAll(pacer: Pacer, nowMs: number, max?: number): number[] {
  return Array.from({ length: pacer.tick(nowMs, max) }, () => pacer.begin());
}

test('tick, timer on time: what came due in the millisecond counts from its tick', () => {
  const pacer = new Pacer(4_000, 100);

  assert.deepEqual(beginAll(pacer, 101), [101, 101, 101, 101]);
  assert.deepEqual(beginAll(pacer, 102), [102, 102, 102, 102]);
});

test('tick, nothing due yet: none, and the next tick has it', () => {
  const pacer = new Pacer(500, 0);

  assert.equal(pacer.tick(1), 0);
  assert.deepEqual(beginAll(pacer, 2), [2]);
});

test('tick, timer late by a fraction: counts from when it should have come', () => {
  const pacer = new Pacer(1_000, 0);

  assert.deepEqual(beginAll(pacer, 1.25), [1]);
  assert.deepEqual(beginAll(pacer, 2.75), [2.25]);
});

test('tick, after a stall: each counts from the tick that was missed', () => {
  const pacer = new Pacer(1_000, 0);
  beginAll(pacer, 1);

  assert.deepEqual(beginAll(pacer, 5), [2, 3, 4, 5]);
});

test('tick, more due than a turn may begin: the rest is behind and keeps its time', () => {
  const pacer = new Pacer(1_000, 0);

  assert.deepEqual(beginAll(pacer, 4, 3), [1, 2, 3]);
  assert.equal(pacer.isBehind(), true);
  assert.deepEqual(beginAll(pacer, 4.5), [4]);
  assert.equal(pacer.isBehind(), false);
});

test('tick, after a very long stall: bounded, and nothing is forgotten', () => {
  const pacer = new Pacer(20_000, 0);
  let begun = 0;
  for (let turn = 0; turn < 100 && (turn === 0 || pacer.isBehind()); turn++) {
    const due = beginAll(pacer, 1_300, 50_000);
    assert.ok(due.length <= 1_000);
    begun += due.length;
  }

  assert.equal(begun, 26_000);
});

test('tick, no room for more: none', () => {
  const pacer = new Pacer(1_000, 0);

  assert.equal(pacer.tick(10, 0), 0);
  assert.equal(pacer.tick(10, -1), 0);
});
