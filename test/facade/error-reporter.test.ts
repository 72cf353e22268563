import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { test } from 'node:test';
import { SessionStorageError } from '../../src/errors.js';
import { ErrorReporter } from '../../src/facade/error-reporter.js';
import { drainMicrotasks } from '../twins/test-provider.js';

test('error with a listener becomes an event, after the call that reported it', async () => {
  const emitter = new EventEmitter();
  const errors: unknown[] = [];
  emitter.on('error', (error) => errors.push(error));
  const error = new SessionStorageError('ERR_TIMEOUT', 'a test');
  new ErrorReporter(emitter).report(error);
  assert.deepEqual(errors, []);
  await drainMicrotasks();
  assert.deepEqual(errors, [error]);
});

test('failures with one code in one turn become one event, which counts them; other codes have their own', async () => {
  const emitter = new EventEmitter();
  const errors: SessionStorageError[] = [];
  emitter.on('error', (error) => errors.push(error));
  const { report } = new ErrorReporter(emitter);
  const first = new SessionStorageError('ERR_STORE_FULL', 'session 0');
  report(first);
  report(new SessionStorageError('ERR_TIMEOUT', 'a test'));
  for (let i = 1; i < 4_000; i++) report(new SessionStorageError('ERR_STORE_FULL', `session ${i}`));
  // Also what comes in a tick of the same turn, and what several operations have in common.
  process.nextTick(() => report(first, 10));
  await drainMicrotasks();
  assert.deepEqual(
    errors.map(({ code, count }) => [code, count]),
    [
      ['ERR_STORE_FULL', 4_010],
      ['ERR_TIMEOUT', 1],
    ],
  );
  assert.equal(errors[0]?.cause, first);
  assert.match(errors[0]?.message ?? '', /session 0 \(the first of 4010 failures/);
  assert.equal(first.count, 1);
});

test('error of an earlier turn again: no event; another error with its code: one of its own', async () => {
  const emitter = new EventEmitter();
  const errors: SessionStorageError[] = [];
  emitter.on('error', (error) => errors.push(error));
  const { report } = new ErrorReporter(emitter);
  const first = new SessionStorageError('ERR_SHARD_UNAVAILABLE', 'shard 0');
  const second = new SessionStorageError('ERR_SHARD_UNAVAILABLE', 'shard 1');
  report(first);
  await drainMicrotasks();
  report(first);
  await drainMicrotasks();
  report(first);
  report(second);
  await drainMicrotasks();
  assert.deepEqual(errors, [first, second]);
});

test('errors without a listener become one process warning for each code', async () => {
  const warnings: (Error & { code?: string })[] = [];
  const onWarning = (warning: Error) => warnings.push(warning);
  process.on('warning', onWarning);
  const reporter = new ErrorReporter(new EventEmitter());
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
  const { report } = new ErrorReporter(emitter);
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
