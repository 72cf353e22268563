import assert from 'node:assert/strict';
import { test } from 'node:test';
import { performTask } from '../../../benchmarks/runner/perform-task.js';

const TASK = { scenario: 'storm', variant: '2k sessions', subject: 'map', quick: true };
const OPTIONS = { timeoutMs: 120_000, onProgress: () => {} };

test('performTask, a task that succeeds: what it has measured', async () => {
  const { metrics } = await performTask(TASK, OPTIONS);
  const { closeMs } = metrics;

  assert.equal(Number.isFinite(closeMs), true);
});

test('performTask, a task that fails: rejects with its reason', async () => {
  await assert.rejects(performTask({ ...TASK, subject: 'nobody' }, OPTIONS), /got "nobody"/);
});

test('performTask, a task that takes too long: killed, and said to hang', async () => {
  await assert.rejects(performTask(TASK, { ...OPTIONS, timeoutMs: 1 }), /hung: not done/);
});
