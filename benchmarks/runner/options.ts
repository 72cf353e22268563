import { parseArgs } from 'node:util';

export interface BenchOptions {
  readonly quick: boolean;
  readonly rounds: number;
  /** Names of scenarios; `undefined`: all. */
  readonly only: readonly string[] | undefined;
  /** Names of kinds of stores; `undefined`: all. */
  readonly subjects: readonly string[] | undefined;
  /** A part of the names of sizes; `undefined`: all. */
  readonly size: string | undefined;
  /** The single operations run too. */
  readonly micro: boolean;
  readonly directory: string;
  /** Where stores that are on a disk have their files; `undefined`: the system's temporary directory. */
  readonly disk: string | undefined;
}

export interface KnownNames {
  /** Name to what happens in it. */
  readonly scenarios: Readonly<Record<string, string>>;
  readonly subjects: readonly string[];
}

/** Stands among the scenarios for the single operations, which run in one process. */
export const MICRO = 'micro';

const NAME_WIDTH = 12;
const ROUNDS_MAX = 100;
const FULL_ROUNDS = 2;
const QUICK_ROUNDS = 1;

export function helpOf({ scenarios, subjects }: KnownNames): string {
  return `Usage: npm run bench -- [options]

Measures this package beside other stores of sessions, each run in a process of its own, the stores
in turn, and writes the figures as JSON, tables and charts.

  --only A,B      scenarios, of those below
  --subjects A,B  stores: ${subjects.join(', ')}
  --size TEXT     only sizes with this in their name, such as 3M
  --rounds N      runs of each, 1 to ${ROUNDS_MAX} (default ${FULL_ROUNDS})
  --quick         small sizes, one run of each, to see that all work; the figures mean nothing
  --out DIR       where the results go (default bench-results)
  --disk DIR      where stores on a disk have their files (default: the temporary directory)
  --help          this text

Scenarios:
${formatTitles(scenarios)}

Exit code: 0, 1 if a run failed, 2 for a bad option.
`;
}

function formatTitles(scenarios: KnownNames['scenarios']): string {
  return Object.entries(scenarios)
    .map(([name, title]) => `  ${name.padEnd(NAME_WIDTH)}${title}`)
    .join('\n');
}

/** `undefined` when the user asked for help. Throws for a bad flag, saying what was expected. */
export function readOptions(args: readonly string[], known: KnownNames): BenchOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      subjects: { type: 'string' },
      size: { type: 'string' },
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      out: { type: 'string', default: 'bench-results' },
      disk: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const only = readNames('--only', values.only, Object.keys(known.scenarios));
  const subjects = readNames('--subjects', values.subjects, known.subjects);
  const all = subjects === undefined && values.size === undefined;
  return {
    quick: values.quick,
    rounds: readRounds(values.rounds ?? String(values.quick ? QUICK_ROUNDS : FULL_ROUNDS)),
    only,
    subjects,
    size: values.size,
    micro: only?.includes(MICRO) ?? all,
    directory: values.out,
    disk: values.disk,
  };
}

function readRounds(text: string): number {
  const rounds = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (rounds >= 1 && rounds <= ROUNDS_MAX) return rounds;
  throw new RangeError(`--rounds: expected a whole number from 1 to ${ROUNDS_MAX}, got "${text}"`);
}

function readNames(
  flag: string,
  text: string | undefined,
  known: readonly string[],
): string[] | undefined {
  if (text === undefined) return undefined;
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return names;
  throw new RangeError(`${flag}: expected one of ${known.join(', ')}, got "${unknown}"`);
}
