import { parseArgs } from 'node:util';
import { ShardedSessionStorageProvider } from '../../src/index.js';
import { createCodecGroups } from './codec-groups.js';
import { describeMachine } from './machine.js';
import { type Effort, measure } from './measure.js';
import { createProviderGroups } from './provider-groups.js';
import { formatResults, formatVerdict, type GroupResult } from './report.js';
import { samplesOf } from './samples.js';
import { createSlotGroups } from './slot-groups.js';
import { createWheelGroups } from './wheel-groups.js';

const HELP = `Usage: npm run bench:micro -- [--quick]

Measures the provider's operations beside the built-in SimpleSessionStorageProvider, and its parts.

  --quick   a few calls of each, to see that all work; the figures mean nothing
  --help    this text
`;

const FULL: Effort = { timeMs: 2_000, warmupMs: 500, callsMin: 10 };
const QUICK: Effort = { timeMs: 1, warmupMs: 0, callsMin: 3 };

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let flags: { quick: boolean; help: boolean };
  try {
    flags = readFlags(args);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
    return 2;
  }
  if (flags.help) console.log(HELP);
  else await bench(flags.quick ? QUICK : FULL);
  return 0;
}

function readFlags(args: readonly string[]): { quick: boolean; help: boolean } {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  return values;
}

async function bench(effort: Effort): Promise<void> {
  await using provider = new ShardedSessionStorageProvider();
  provider.on('error', failAtOnce);
  await provider.ready;
  const groups = [
    ...(await createProviderGroups(provider)),
    ...createCodecGroups(),
    ...createSlotGroups(),
    ...createWheelGroups(),
  ];
  const { shards } = await provider.stats();
  console.log(`${describeMachine()}\nshards    ${shards.length}\n`);
  const results: GroupResult[] = [];
  for (const group of groups) {
    process.stderr.write(`measuring ${group.title}\n`);
    results.push({ group, measurements: await measure(group, effort) });
  }
  process.send?.(samplesOf(results));
  console.log(`\n${formatResults(results)}\n`);
  console.log(effort === QUICK ? 'A quick run: the figures mean nothing.' : formatVerdict(results));
}

/** A `get` that fails is not answered, as the host wants it, and would be waited for in vain. */
function failAtOnce(error: Error): void {
  console.error(error);
  process.exit(1);
}
