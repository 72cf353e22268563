import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { test } from 'node:test';
import { SessionStorageError } from '../../src/errors.js';
import { ErrorReporter, holdErrors, QUIET_MS } from '../../src/facade/error-reporter.js';
import { drainMicrotasks } from '../twins/test-provider.js';

test('error with a listener becomes an event, after the call that reported it', async () => {
  const emitter = new EventEmitter();
  const errors: unknown[] = [];
  emitter.on('error', (error) => errors.push(error));
  const error = new SessionStorageError('ERR_TIMEOUT', 'a test');
  new ErrorReporter(emitter, setImmediate).report(error);
  assert.deepEqual(errors, []);
  await drainMicrotasks();
  assert.deepEqual(errors, [error]);
});

/** A reporter whose bursts end when the test says so. */
function createHeld() {
  const emitter = new EventEmitter();
  const errors: SessionStorageError[] = [];
  emitter.on('error', (error) => errors.push(error));
  const holds: (() => void)[] = [];
  const reporter = new ErrorReporter(emitter, (callback) => holds.push(callback));
  /** A time passes in which failures are held back. */
  const pass = async () => {
    holds.shift()?.();
    await drainMicrotasks();
  };
  return { ...reporter, errors, holds, pass };
}

test('failures with one code in a burst become one event, which counts them; other codes have their own', async () => {
  const { report, errors, holds, pass } = createHeld();
  const first = new SessionStorageError('ERR_STORE_FULL', 'session 0');
  report(first);
  report(new SessionStorageError('ERR_TIMEOUT', 'a test'));
  for (let i = 1; i < 4_000; i++) report(new SessionStorageError('ERR_STORE_FULL', `session ${i}`));
  await pass();
  // What several operations have in common.
  report(first, 10);
  await pass();
  assert.deepEqual([errors, holds.length], [[], 1]);
  await pass();
  assert.deepEqual(
    errors.map(({ code, count }) => [code, count]),
    [
      ['ERR_STORE_FULL', 4_010],
      ['ERR_TIMEOUT', 1],
    ],
  );
  assert.equal(errors[0]?.cause, first);
  assert.match(errors[0]?.message ?? '', /session 0 \(the first of 4010 failures/);
  assert.deepEqual([first.count, holds.length], [1, 0]);
});

test('failures that never stop: an event after ten times that they were held back', async () => {
  const { report, errors, pass } = createHeld();
  for (let i = 0; i < 25; i++) {
    report(new SessionStorageError('ERR_STORE_FULL', `session ${i}`));
    if (i % 10 === 0) report(new SessionStorageError('ERR_STORE_FULL', `session ${i}`));
    await pass();
  }
  assert.deepEqual(
    errors.map(({ count }) => count),
    [11, 11],
  );
});

test('error that fails operations in several bursts: one event for each burst', async () => {
  const emitter = new EventEmitter();
  const errors: SessionStorageError[] = [];
  emitter.on('error', (error) => errors.push(error));
  const { report } = new ErrorReporter(emitter, setImmediate);
  const first = new SessionStorageError('ERR_SHARD_UNAVAILABLE', 'shard 0');
  const second = new SessionStorageError('ERR_SHARD_UNAVAILABLE', 'shard 1');
  report(first);
  await drainMicrotasks();
  report(first);
  await drainMicrotasks();
  report(first);
  report(second);
  await drainMicrotasks();
  const counts = errors.map(({ detail, count }) => [detail.split(' (')[0], count]);
  assert.deepEqual(counts, [
    ['shard 0', 1],
    ['shard 0', 1],
    ['shard 0', 2],
  ]);
});

test('flush emits what is held back, once; what comes later is held back anew', async () => {
  const { report, flush, errors, holds, pass } = createHeld();
  const error = new SessionStorageError('ERR_TIMEOUT', 'a test');
  const later = new SessionStorageError('ERR_TIMEOUT', 'another');
  report(error);
  flush();
  await drainMicrotasks();
  assert.deepEqual(errors, [error]);
  report(later);
  await pass();
  assert.deepEqual([errors, holds.length], [[error], 1]);
  await pass();
  assert.deepEqual(errors, [error, later]);
});

test('errors are held back by a timer that lets the process live', async (t) => {
  const delays: unknown[] = [];
  t.mock.method(globalThis, 'setTimeout', (...args: unknown[]) => delays.push(args));
  const startedMs = performance.now();
  await new Promise<void>((resolve) => holdErrors(resolve));
  assert(performance.now() - startedMs >= QUIET_MS - 1);
  assert.deepEqual(delays, [], 'a timer function that was replaced later is not used');
});

test('errors without a listener become one process warning for each code', async () => {
  const warnings: (Error & { code?: string })[] = [];
  const onWarning = (warning: Error) => warnings.push(warning);
  process.on('warning', onWarning);
  const reporter = new ErrorReporter(new EventEmitter(), setImmediate);
  for (const code of ['ERR_TIMEOUT', 'ERR_CLOSED', 'ERR_TIMEOUT'] as const) {
    reporter.report(new SessionStorageError(code, 'a test'));
  }
  await drainMicrotasks();
  await drainMicrotasks();
  process.off('warning', onWarning);
  const ours = warnings.filter(({ name }) => name === 'SessionStorageWarning');
  assert.deepEqual(
    ours.map(({ code }) => code),
    ['ERR_TIMEOUT', 'ERR_CLOSED'],
  );
});

test('listener that throws becomes an uncaught exception, and other errors are reported', async () => {
  const emitter = new EventEmitter();
  const seen: string[] = [];
  emitter.on('error', ({ code }) => {
    seen.push(code);
    if (seen.length === 1) throw new Error('thrown by a listener');
  });
  const uncaught = takeUncaught();
  const { report } = new ErrorReporter(emitter, setImmediate);
  report(new SessionStorageError('ERR_TIMEOUT', 'a test'));
  report(new SessionStorageError('ERR_CLOSED', 'a test'));
  assert.equal((await uncaught).message, 'thrown by a listener');
  await drainMicrotasks();
  assert.deepEqual(seen, ['ERR_TIMEOUT', 'ERR_CLOSED']);
});

/** The next uncaught exception, which the test runner would count as a failure. */
async function takeUncaught(): Promise<Error> {
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  const [error] = await once(process, 'uncaughtException');
  for (const listener of others) process.on('uncaughtException', listener);
  return error;
}
