import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planTasks, secondsOf } from '../../../benchmarks/runner/plan.js';
import type { Scenario } from '../../../benchmarks/scenarios/scenario.js';

const OPTIONS = { quick: false, rounds: 2, only: undefined, subjects: undefined, size: undefined };

function scenarioOf(name: string, changed: Partial<Scenario> = {}): Scenario {
  return {
    name,
    title: name,
    subjects: ['a', 'b'],
    variants: () => [
      { name: '1M stored', sessions: 1_000_000, secondsPerRun: 10 },
      { name: '3M stored', sessions: 3_000_000, subjects: ['a'] },
    ],
    run: async () => ({ metrics: {} }),
    ...changed,
  };
}

function namesOf(tasks: ReturnType<typeof planTasks>): string[] {
  return tasks.map(({ scenario, variant, subject }) => `${scenario} ${variant} ${subject}`);
}

test('planTasks, two rounds: subjects in turn at each size', () => {
  assert.deepEqual(namesOf(planTasks([scenarioOf('churn')], OPTIONS)), [
    'churn 1M stored a',
    'churn 1M stored b',
    'churn 1M stored a',
    'churn 1M stored b',
    'churn 3M stored a',
    'churn 3M stored a',
  ]);
});

test('planTasks, some scenarios, subjects and sizes: no others', () => {
  const scenarios = [scenarioOf('churn'), scenarioOf('purge')];

  const only = planTasks(scenarios, { ...OPTIONS, rounds: 1, only: ['purge'], subjects: ['b'] });
  const size = planTasks(scenarios, { ...OPTIONS, rounds: 1, size: '3M' });

  assert.deepEqual(namesOf(only), ['purge 1M stored b']);
  assert.deepEqual(namesOf(size), ['churn 3M stored a', 'purge 3M stored a']);
});

test('planTasks, a scenario that needs no more rounds: no more', () => {
  const tasks = planTasks([scenarioOf('memory', { roundsMax: 1 })], OPTIONS);

  assert.equal(tasks.length, 3);
});

test('secondsOf, sizes with and without an estimate: the sum', () => {
  assert.equal(secondsOf(planTasks([scenarioOf('churn')], OPTIONS)), 4 * 10 + 2 * 20);
});
