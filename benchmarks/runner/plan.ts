import type { Scenario, Variant } from '../scenarios/scenario.js';
import type { Task } from './messages.js';
import type { BenchOptions } from './options.js';

const SECONDS_PER_RUN = 20;

/** A task, and roughly how long it takes. */
export interface PlannedTask extends Task {
  readonly seconds: number;
}

/** All that is to be run, in order: the subjects of a variant in turn, round by round. */
export function planTasks(
  scenarios: readonly Scenario[],
  options: Pick<BenchOptions, 'quick' | 'rounds' | 'only' | 'subjects' | 'size'>,
): PlannedTask[] {
  const { quick, rounds, only, size } = options;
  const wanted = scenarios.filter(({ name }) => only?.includes(name) ?? true);
  return wanted.flatMap((scenario) =>
    scenario
      .variants(quick)
      .filter(({ name }) => size === undefined || name.includes(size))
      .flatMap((variant) =>
        Array.from({ length: Math.min(rounds, scenario.roundsMax ?? rounds) }, () =>
          planRound(scenario, variant, options),
        ).flat(),
      ),
  );
}

function planRound(
  scenario: Scenario,
  variant: Variant,
  { quick, subjects }: Pick<BenchOptions, 'quick' | 'subjects'>,
): PlannedTask[] {
  const here = variant.subjects ?? scenario.subjects;
  return here
    .filter((subject) => subjects?.includes(subject) ?? true)
    .map((subject) => ({
      scenario: scenario.name,
      variant: variant.name,
      subject,
      quick,
      seconds: variant.secondsPerRun ?? SECONDS_PER_RUN,
    }));
}

export function secondsOf(tasks: readonly PlannedTask[]): number {
  return tasks.reduce((total, { seconds }) => total + seconds, 0);
}
