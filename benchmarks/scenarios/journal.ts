import type { Metrics } from '../measuring/metrics.js';
import { sharded } from '../peers/sharded.js';
import { mediansOf } from '../runner/aggregate.js';
import type { Measured, Scenario, ScenarioContext } from './scenario.js';
import {
  type Effort,
  measureInTurns,
  ratiosOf,
  type SideBySide,
  valuesOfOurs,
} from './side-by-side.js';

const DAY_MS = 86_400_000;

const FULL: Effort = {
  cyclesPerSecond: 20_000,
  turns: 15,
  cycles: { warmUpMs: 200, measuredMs: 1_000 },
  throughputMs: 250,
  throughputSessionsMax: 20_000,
};
const QUICK: Effort = {
  cyclesPerSecond: 2_000,
  turns: 1,
  cycles: { warmUpMs: 50, measuredMs: 100 },
  throughputMs: 20,
  throughputSessionsMax: 2_000,
};

export const journal: Scenario = {
  name: 'journal',
  title: 'churn and throughput with a journal, in turn with the memory store in the same process',
  subjects: ['journal everysec', 'journal always'],
  variants: (quick) =>
    quick
      ? [{ name: '2k stored', sessions: 2_000, secondsPerRun: 2 }]
      : [{ name: '1M stored', sessions: 1_000_000, secondsPerRun: 90 }],
  run,
};

/** What a journal adds is less than the difference of two processes, so both stores are in one. */
async function run({ kind, variant, quick, onProgress }: ScenarioContext): Promise<Measured> {
  const { sessions } = variant;
  const effort = quick ? QUICK : FULL;
  const settings = { inactiveSessionLifetimeMs: DAY_MS };
  const peers = [await sharded.create(settings), await kind.create(settings)] as const;
  try {
    const turns = await measureInTurns(peers, sessions, effort, onProgress);
    return { metrics: mediansOf(turns.map(metricsOf)) };
  } finally {
    await Promise.all(peers.map((peer) => peer.close()));
  }
}

function metricsOf(measured: SideBySide): Metrics {
  const { cpu, gets, sets } = ratiosOf(measured);
  return {
    cpuOverMemory: cpu,
    getsOverMemory: gets,
    setsOverMemory: sets,
    ...valuesOfOurs(measured),
  };
}
