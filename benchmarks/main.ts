import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PEER_KINDS } from './peers/all.js';
import { createProgress } from './progress.js';
import type { BenchmarkReport, Skip } from './report/results.js';
import { aggregate } from './runner/aggregate.js';
import { readEnvironment } from './runner/environment.js';
import { type BenchOptions, helpOf, readOptions } from './runner/options.js';
import { planTasks, secondsOf } from './runner/plan.js';
import { runTasks } from './runner/run-tasks.js';
import { SCENARIOS } from './scenarios/all.js';

const PHASE_WIDTH = 44;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const known = {
    scenarios: SCENARIOS.map(({ name }) => name),
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
  const environment = readEnvironment(options.quick);
  const tasks = planTasks(SCENARIOS, options);
  const minutes = Math.ceil(secondsOf(tasks) / 60);
  console.error(`${tasks.length} runs, about ${minutes} min on two cores`);
  const { samples, skipped, failed } = await runTasks(
    tasks,
    createProgress(process.stderr, PHASE_WIDTH),
  );
  const report = { environment, results: aggregate(samples), skipped: [...skipped, ...failed] };
  write(report, options.directory);
  for (const skip of report.skipped) console.error(describeSkip(skip));
  return failed.length === 0 ? 0 : 1;
}

function write(report: BenchmarkReport, directory: string): void {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, 'results.json');
  writeFileSync(path, `${JSON.stringify(report, null, 2)}\n`);
  console.error(`written: ${path}`);
}

function describeSkip({ scenario, variant, subject, reason }: Skip): string {
  return `not run: ${scenario}${variant === undefined ? '' : `, ${variant}`}, ${subject}: ${reason}`;
}
