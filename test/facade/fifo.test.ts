import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { Fifo } from '../../src/facade/fifo.js';

test('fifo agrees with an array, whatever is done to it', () => {
  const anyStep = fc.oneof(
    { weight: 10, arbitrary: fc.record({ kind: fc.constant('push'), count: fc.nat(400) }) },
    { weight: 10, arbitrary: fc.record({ kind: fc.constant('shift'), count: fc.nat(600) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('unshiftAll'), count: fc.nat(10) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear'), count: fc.constant(1) }) },
  );
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 60 }), (steps) => {
      const fifo = new Fifo<number>();
      let model: number[] = [];
      let next = 0;
      for (const { kind, count } of steps) {
        if (kind === 'unshiftAll') {
          const items = Array.from({ length: count }, () => next++);
          fifo.unshiftAll(items);
          model = [...items, ...model];
        }
        for (let i = 0; i < count; i++) {
          if (kind === 'push') {
            fifo.push(next);
            model.push(next++);
          } else if (kind === 'shift') {
            assert.equal(fifo.shift(), model.shift());
          }
        }
        if (kind === 'clear') {
          fifo.clear();
          model = [];
        }
        assert.equal(fifo.length, model.length);
        assert.equal(fifo.first, model[0]);
      }
      assert.deepEqual([...fifo], model);
      assert.deepEqual([...fifo.backwards()], model.toReversed());
    }),
  );
});

test('fifo drops what was taken from its front, and keeps the rest', () => {
  const fifo = new Fifo<number>();
  for (let i = 0; i < 5_000; i++) fifo.push(i);
  for (let i = 0; i < 4_000; i++) assert.equal(fifo.shift(), i);
  assert.deepEqual([fifo.length, fifo.first, [...fifo].length], [1_000, 4_000, 1_000]);
});

test('item that was taken is held no longer, although others wait', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage: () => void = runInNewContext('gc');
  const fifo = new Fifo<object>();
  fifo.push({});
  fifo.push({});
  const [taken, waiting] = [...fifo].map((item) => new WeakRef(item));
  fifo.shift();
  // What a WeakRef was made for lives at least until the end of the turn.
  await setImmediate();
  collectGarbage();
  assert.equal(taken?.deref(), undefined);
  assert.notEqual(waiting?.deref(), undefined);
  assert.equal(fifo.length, 1);
});

test('item is removed from wherever it is, and one that is not there from nowhere', () => {
  const fifo = new Fifo<string>();
  for (const item of ['a', 'b', 'c', 'd']) fifo.push(item);
  fifo.remove('c');
  fifo.remove('a');
  fifo.remove('x');
  fifo.remove('a');
  assert.deepEqual([fifo.length, fifo.first, [...fifo]], [2, 'b', ['b', 'd']]);
  fifo.remove('b');
  fifo.remove('d');
  assert.deepEqual([fifo.length, fifo.first], [0, undefined]);
});
