import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SessionStorageError } from '../../src/errors.js';
import {
  Deferred,
  ObservedPromise,
  observe,
  Refusals,
  rejected,
} from '../../src/facade/observed-promise.js';
import { drainMicrotasks } from '../twins/test-provider.js';

const ERROR = new SessionStorageError('ERR_TIMEOUT', 'a test');

function setUp() {
  const reported: SessionStorageError[] = [];
  const report = (error: SessionStorageError) => void reported.push(error);
  return { reported, report, deferred: new Deferred<number>(report) };
}

test('promise that is resolved gives its value, and reports nothing', async () => {
  const { deferred, reported } = setUp();
  deferred.resolve(5);
  assert.equal(await deferred.promise, 5);
  assert.deepEqual(reported, []);
});

test('promise that fails and that nobody waits for is reported once, and not unhandled', async () => {
  const unhandled: unknown[] = [];
  const onUnhandled = (reason: unknown) => unhandled.push(reason);
  process.on('unhandledRejection', onUnhandled);
  const { deferred, reported, report } = setUp();
  deferred.reject(ERROR);
  deferred.reject(ERROR);
  rejected(ERROR, report);
  await drainMicrotasks();
  await drainMicrotasks();
  process.off('unhandledRejection', onUnhandled);
  assert.deepEqual(reported, [ERROR, ERROR]);
  assert.deepEqual(unhandled, []);
});

const WAYS_TO_WAIT: [string, (promise: Promise<unknown>) => Promise<unknown>][] = [
  ['await', async (promise) => await promise],
  ['then', (promise) => promise.then()],
  ['catch', (promise) => promise.catch((error) => Promise.reject(error))],
  ['finally', (promise) => promise.finally(() => {})],
  ['Promise.all', (promise) => Promise.all([promise])],
];
for (const [name, wait] of WAYS_TO_WAIT) {
  test(`promise that fails and is waited for by ${name} goes to the waiter only`, async () => {
    const { reported, report, deferred } = setUp();
    await assert.rejects(wait(rejected(ERROR, report)), ERROR);
    const waiting = wait(deferred.promise);
    deferred.reject(ERROR);
    await assert.rejects(waiting, ERROR);
    await drainMicrotasks();
    assert.deepEqual(reported, []);
  });
}

test('what then returns is an ordinary promise', () => {
  const { deferred } = setUp();
  assert(deferred.promise instanceof ObservedPromise);
  assert.equal(deferred.promise.then().constructor, Promise);
});

test('observed outcome of another promise: its value, and a failure that is reported', async () => {
  const { reported, report } = setUp();
  assert.equal(await observe(Promise.resolve(5), report), 5);
  await assert.rejects(observe(Promise.reject(ERROR), report), ERROR);
  assert.deepEqual(reported, []);
  observe(Promise.reject(ERROR), report);
  await drainMicrotasks();
  assert.deepEqual(reported, [ERROR]);
});

test('calls that one error refuses: share a promise, and are reported once, with how many they are', async () => {
  const reported: [SessionStorageError, number | undefined][] = [];
  const refusals = new Refusals((error, count) => void reported.push([error, count]));
  const other = new SessionStorageError('ERR_CLOSED', 'a test');
  const promise = refusals.add(ERROR);
  assert.equal(refusals.add(ERROR), promise);
  assert.equal(refusals.add(ERROR), promise);
  assert.notEqual(refusals.add(other), promise);
  await drainMicrotasks();
  assert.deepEqual(reported, [
    [ERROR, 3],
    [other, 1],
  ]);
  // A promise that is settled and reported counts no more calls.
  refusals.add(other);
  refusals.add(other);
  await drainMicrotasks();
  assert.deepEqual(reported.at(-1), [other, 2]);
});

test('refusals: what is no error of the storage is thrown on', () => {
  const { report } = setUp();
  const bug = new TypeError('a bug');
  assert.throws(() => new Refusals(report).add(bug), bug);
});
