import { Bench, type Task } from 'tinybench';
import type { Case, Group } from './case.js';

export interface Measurement {
  readonly name: string;
  readonly nsPerOperation: number;
  /** Half the 95 % confidence interval of the mean, in percent of it. */
  readonly marginPercent: number;
}

export interface Effort {
  readonly timeMs: number;
  readonly warmupMs: number;
  /** Calls at least, however long they take. */
  readonly callsMin: number;
}

/** Runs the cases of a group one after the other. Throws what a case throws. */
export async function measure(group: Group, effort: Effort): Promise<Measurement[]> {
  const bench = new Bench({
    time: effort.timeMs,
    iterations: effort.callsMin,
    warmup: effort.warmupMs > 0,
    warmupTime: effort.warmupMs,
    throws: true,
    timestampProvider: 'hrtimeNow',
    setup: collectGarbage,
  });
  for (const one of group.cases) add(bench, one);
  const tasks = await bench.run();
  return group.cases.map((one, i) => measurementOf(one, tasks[i]));
}

function add(bench: Bench, { name, run, prepare }: Case): void {
  bench.add(name, run, prepare === undefined ? {} : { beforeEach: prepare });
}

/** What one case leaves behind is not to be paid for by the next. */
function collectGarbage(): void {
  globalThis.gc?.();
}

function measurementOf({ name, operations }: Case, task: Task | undefined): Measurement {
  const result = task?.result;
  if (result?.state !== 'completed') throw new Error(`${name}: expected a result`);
  const { mean, rme } = result.latency;
  return { name, nsPerOperation: (mean * 1e6) / operations, marginPercent: rme };
}
