import { peerKindOf } from '../peers/all.js';
import type { Progress } from '../progress.js';
import type { Sample, Skip } from '../report/results.js';
import { performTask } from './perform-task.js';
import type { PlannedTask } from './plan.js';

/** A run that takes so many times longer than it should hangs. */
const SECONDS_FACTOR_MAX = 10;
const SECONDS_MAX_LEAST = 60;
const PERCENT = 100;

export interface Outcome {
  readonly samples: readonly Sample[];
  /** What cannot run here. */
  readonly skipped: readonly Skip[];
  /** What should have run. */
  readonly failed: readonly Skip[];
}

/** Runs one after the other. A task that failed is not tried again in later rounds. */
export async function runTasks(
  tasks: readonly PlannedTask[],
  progress: Progress,
  disk?: string,
): Promise<Outcome> {
  const samples: Sample[] = [];
  const failed: Skip[] = [];
  const { runnable, skipped } = sortOut(tasks);
  for (const [index, task] of runnable.entries()) {
    if (failed.some((skip) => isOf(task, skip))) continue;
    progress.start(`${index + 1}/${runnable.length} ${titleOf(task)}`, PERCENT);
    try {
      samples.push(await run(task, progress, disk));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const { scenario, variant, subject } = task;
      failed.push({ scenario, variant, subject, reason });
    } finally {
      progress.finish();
    }
  }
  return { samples, skipped, failed };
}

/** Says once for each scenario and subject why it cannot run. */
function sortOut(tasks: readonly PlannedTask[]): { runnable: PlannedTask[]; skipped: Skip[] } {
  const skipped: Skip[] = [];
  const runnable = tasks.filter(({ scenario, subject }) => {
    const reason = peerKindOf(subject).whyUnavailable();
    const known = skipped.some((skip) => skip.scenario === scenario && skip.subject === subject);
    if (reason !== undefined && !known) skipped.push({ scenario, subject, reason });
    return reason === undefined;
  });
  return { runnable, skipped };
}

async function run(task: PlannedTask, progress: Progress, disk?: string): Promise<Sample> {
  const { scenario, variant, subject, seconds } = task;
  const measured = await performTask(task, {
    disk,
    timeoutMs: Math.max(SECONDS_MAX_LEAST, seconds * SECONDS_FACTOR_MAX) * 1e3,
    onProgress: (done, total) => progress.update(Math.floor((PERCENT * done) / total)),
  });
  assertMeasured(measured.metrics);
  progress.update(PERCENT);
  return { scenario, variant, subject, ...measured };
}

/** Throws unless each metric is a number that can be compared. */
export function assertMeasured(metrics: Sample['metrics']): void {
  const entries = Object.entries(metrics);
  if (entries.length === 0) throw new Error('expected metrics, got none');
  for (const [name, value] of entries) {
    if (!Number.isFinite(value)) throw new Error(`${name}: expected a number, got ${value}`);
  }
}

function titleOf({ scenario, variant, subject }: PlannedTask): string {
  return `${scenario}, ${variant}, ${subject}`;
}

function isOf(task: PlannedTask, { scenario, variant, subject }: Skip): boolean {
  return task.scenario === scenario && task.variant === variant && task.subject === subject;
}
