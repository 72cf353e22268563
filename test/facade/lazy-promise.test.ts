import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SessionStorageError } from '../../src/errors.js';
import { LazyPromise } from '../../src/facade/lazy-promise.js';
import { drainMicrotasks } from '../twins/test-provider.js';

const ERROR = new SessionStorageError('ERR_CLOSED', 'a test');

function setUp() {
  const reported: SessionStorageError[] = [];
  return { promise: new LazyPromise((error) => reported.push(error)), reported };
}

for (const when of ['before', 'after'] as const) {
  test(`lazy promise that somebody waits for ${when} it settles: tells how`, async () => {
    for (const wait of [
      (promise: Promise<void>) =>
        promise.then(
          () => 'done',
          ({ code }) => code,
        ),
      (promise: Promise<void>) => promise.then(() => 'done').catch(({ code }) => code),
      async (promise: Promise<void>) => {
        try {
          await promise;
          return 'done';
        } catch (error) {
          return (error as SessionStorageError).code;
        }
      },
      (promise: Promise<void>) =>
        Promise.allSettled([promise]).then(([{ status }]) =>
          status === 'fulfilled' ? 'done' : 'ERR_CLOSED',
        ),
      (promise: Promise<void>) =>
        promise
          .finally(() => {})
          .then(
            () => 'done',
            ({ code }) => code,
          ),
    ]) {
      for (const [settle, expected] of [
        [(promise: LazyPromise) => promise.resolve(), 'done'],
        [(promise: LazyPromise) => promise.reject(ERROR), 'ERR_CLOSED'],
      ] as const) {
        const { promise, reported } = setUp();
        if (when === 'after') settle(promise);
        const outcome = wait(promise);
        if (when === 'before') settle(promise);
        assert.equal(await outcome, expected);
        await drainMicrotasks();
        assert.deepEqual(reported, []);
      }
    }
  });
}

test('lazy promise: catch and finally without anybody who handles it give the error on', async () => {
  const { promise } = setUp();
  promise.reject(ERROR);
  await assert.rejects(promise, { code: 'ERR_CLOSED' });
  assert.equal(await promise.catch(() => 'handled'), 'handled');
});

test('lazy promise that fails and that nobody waits for: is reported, and is no unhandled rejection', async () => {
  const { promise, reported } = setUp();
  promise.reject(ERROR);
  await drainMicrotasks();
  assert.deepEqual(reported, [ERROR]);
});

test('lazy promise that is awaited behind another that fails with it: is not reported', async () => {
  const { promise, reported } = setUp();
  const other = Promise.reject(ERROR);
  promise.reject(ERROR);
  await assert.rejects(async () => await other);
  await assert.rejects(promise);
  await drainMicrotasks();
  assert.deepEqual(reported, []);
});

test('lazy promise: is taken for a promise, and settles once', async () => {
  const { promise } = setUp();
  assert(promise instanceof Promise);
  assert.equal(Object.prototype.toString.call(promise), '[object Promise]');
  assert.equal(promise.observed, false);
  const first = promise.then(() => 'done');
  assert.equal(promise.observed, true);
  promise.resolve();
  promise.resolve();
  assert.equal(await first, 'done');
});
