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
