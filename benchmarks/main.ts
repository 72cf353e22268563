import { PEER_KINDS } from './peers/all.js';
import { createProgress } from './progress.js';
import type { Sample, Skip } from './report/results.js';
import { writeReport } from './report/write-report.js';
import { aggregate } from './runner/aggregate.js';
import { readEnvironment } from './runner/environment.js';
import { type BenchOptions, helpOf, MICRO, readOptions } from './runner/options.js';
import { planTasks, secondsOf } from './runner/plan.js';
import { runMicro } from './runner/run-micro.js';
import { runTasks } from './runner/run-tasks.js';
import { SCENARIOS } from './scenarios/all.js';

const PHASE_WIDTH = 46;
const MICRO_TITLE = 'single operations and parts of the store, each in a loop';
const MICRO_SECONDS = 75;
/** A shell's code for a process that was ended by a signal. */
const ENDED_BY_SIGNAL = 128 + 15;

// So that the processes of a run end with it: they are stopped on exit.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => process.exit(ENDED_BY_SIGNAL));
}
process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const known = {
    scenarios: Object.fromEntries([
      [MICRO, MICRO_TITLE],
      ...SCENARIOS.map(({ name, title }) => [name, title]),
    ]),
    subjects: PEER_KINDS.map(({ name }) => name),
  };
  let options: BenchOptions | undefined;
  try {
    options = readOptions(args, known);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${helpOf(known)}`);
    return 2;
  }
  if (options === undefined) {
    console.log(helpOf(known));
    return 0;
  }
  return bench(options);
}

async function bench(options: BenchOptions): Promise<number> {
  const { quick } = options;
  const environment = readEnvironment(quick);
  const tasks = planTasks(SCENARIOS, options);
  const microSeconds = options.micro && !quick ? MICRO_SECONDS : 0;
  const minutes = Math.ceil((secondsOf(tasks) + microSeconds) / 60);
  console.error(`${tasks.length} runs, about ${minutes} min on two cores`);
  const micro = options.micro ? await tryMicro(quick) : { samples: [], failed: [] };
  const outcome = await runTasks(tasks, createProgress(process.stderr, PHASE_WIDTH), options.disk);
  const failed = [...micro.failed, ...outcome.failed];
  const report = {
    environment,
    results: aggregate([...micro.samples, ...outcome.samples]),
    skipped: [...outcome.skipped, ...failed],
  };
  const paths = await writeReport(report, options.directory);
  for (const skip of report.skipped) console.error(describeSkip(skip));
  console.error(`written: ${paths.join(', ')}`);
  return failed.length === 0 ? 0 : 1;
}

async function tryMicro(quick: boolean): Promise<{ samples: Sample[]; failed: Skip[] }> {
  try {
    return { samples: await runMicro(quick), failed: [] };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { samples: [], failed: [{ scenario: MICRO, subject: 'all', reason }] };
  }
}

function describeSkip({ scenario, variant, subject, reason }: Skip): string {
  return `not run: ${scenario}${variant === undefined ? '' : `, ${variant}`}, ${subject}: ${reason}`;
}
