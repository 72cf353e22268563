import { parseArgs } from 'node:util';
import { describeFailure, runSeed, runSeeds, type Totals } from './runner.js';

const USAGE = `npm run simulate -- [--seeds N] [--first F]     many seeds, 10,000 from 1 on by default
npm run simulate -- --seed S [--trace]          one seed, with all that happens in it`;

const PROGRESS_MS = 5_000;
const FAILURES_SHOWN = 3;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '10000' },
      first: { type: 'string', default: '1' },
      seed: { type: 'string' },
      trace: { type: 'boolean', default: false },
    },
  });
  if (values.seed !== undefined) return simulateOne(wholeNumber(values.seed), values.trace);
  return simulateMany(wholeNumber(values.first), wholeNumber(values.seeds));
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new RangeError(`expected a whole number, got ${text}\n${USAGE}`);
}

async function simulateOne(seed: number, trace: boolean): Promise<number> {
  const result = await runSeed(seed, {}, trace ? Number.POSITIVE_INFINITY : undefined);
  if ('failure' in result) {
    console.log(describeFailure(result.failure));
    return 1;
  }
  const { summary } = result;
  if (trace) console.log(summary.tail.join('\n'));
  const { operations, faults, traceHash } = summary;
  console.log(
    `seed ${seed}: ${operations} operations, ${faults} faults, trace ${traceHash}, no violation`,
  );
  return 0;
}

async function simulateMany(first: number, count: number): Promise<number> {
  const startedMs = Date.now();
  let shownMs = startedMs;
  const totals = await runSeeds(first, count, (sofar) => {
    if (Date.now() - shownMs > PROGRESS_MS) {
      shownMs = Date.now();
      console.log(`${describe(sofar)}, ${((shownMs - startedMs) / 1e3).toFixed(0)} s`);
    }
    return sofar.failures.length < FAILURES_SHOWN;
  });
  for (const failure of totals.failures) console.log(`\n${describeFailure(failure)}`);
  console.log(`${describe(totals)}, ${((Date.now() - startedMs) / 1e3).toFixed(1)} s`);
  return totals.failures.length === 0 ? 0 : 1;
}

function describe({ seeds, operations, faults, failures }: Totals): string {
  return `${seeds} seeds, ${operations} operations, ${faults} faults, ${failures.length} violations`;
}

process.exitCode = await main();
