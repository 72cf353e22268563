import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const PROCESS = fileURLToPath(new URL('./fixtures/stopped-process.js', import.meta.url));

// Stopped for longer than any time-out of its provider: who counts hours instead of ticks takes all
// shards for hung.
test('process that was stopped (SIGSTOP) for a while keeps its shards and their sessions', {
  skip: process.platform === 'win32' ? 'Windows has no SIGSTOP' : false,
}, async () => {
  const child = fork(PROCESS, { stdio: ['ignore', 'inherit', 'ignore', 'ipc'] });
  const exited = once(child, 'exit');
  await once(child, 'message');
  child.kill('SIGSTOP');
  await setTimeout(2_500);
  const told = once(child, 'message');
  child.kill('SIGCONT');
  child.send('go on');
  assert.deepEqual(await told, [{ restarts: 0, sessions: 200 }, undefined]);
  child.send('end');
  assert.deepEqual(await exited, [0, null]);
});
