import { messageOf } from '../../src/errors.js';
import { Simulation, type Summary } from './simulation.js';
import type { PlantedBug } from './world.js';

const TAIL_LINES = 40;
const STACK_LINES = 3;

/** What a seed that fails has to say. */
export interface Failure {
  readonly seed: number;
  readonly step: number;
  readonly profile: string;
  readonly message: string;
  readonly tail: readonly string[];
}

export type SeedResult =
  | { readonly summary: Summary & { readonly tail: readonly string[] } }
  | { readonly failure: Failure };

/** Runs one seed from its start to its end or its first violation. */
export async function runSeed(
  seed: number,
  bug: PlantedBug = {},
  tailLines = TAIL_LINES,
): Promise<SeedResult> {
  const simulation = new Simulation(seed, bug);
  // Thousands of operations fail, and nobody looks at where.
  Error.stackTraceLimit = STACK_LINES;
  const onUncaught = (error: unknown) => simulation.onUncaught(error);
  process.on('unhandledRejection', onUncaught);
  process.on('uncaughtException', onUncaught);
  try {
    const summary = await simulation.run();
    return { summary: { ...summary, tail: simulation.tail(tailLines) } };
  } catch (error) {
    const known = error instanceof Error && error.name === 'Violation';
    const message = known || !(error instanceof Error) ? messageOf(error) : `${error.stack}`;
    const { step, profile } = simulation;
    const tail = simulation.tail(tailLines);
    return { failure: { seed, step, profile: profile.name, message, tail } };
  } finally {
    process.off('unhandledRejection', onUncaught);
    process.off('uncaughtException', onUncaught);
  }
}

/** The failure for people, and how to see it again. */
export function describeFailure({ seed, step, profile, message, tail }: Failure): string {
  return [
    ...tail,
    '',
    `seed ${seed} (profile '${profile}') fails in step ${step}: ${message}`,
    `run it again: npm run simulate -- --seed ${seed}`,
  ].join('\n');
}

/** What many seeds come to. */
export interface Totals {
  seeds: number;
  operations: number;
  faults: number;
  readonly failures: Failure[];
}

/** Runs seeds one after the other; `onSeed` may end it by returning false. */
export async function runSeeds(
  first: number,
  count: number,
  onSeed: (totals: Totals) => boolean = () => true,
): Promise<Totals> {
  const totals: Totals = { seeds: 0, operations: 0, faults: 0, failures: [] };
  for (let seed = first; seed < first + count; seed++) {
    const result = await runSeed(seed);
    totals.seeds++;
    if ('failure' in result) {
      totals.failures.push(result.failure);
    } else {
      totals.operations += result.summary.operations;
      totals.faults += result.summary.faults;
    }
    if (!onSeed(totals)) break;
  }
  return totals;
}
