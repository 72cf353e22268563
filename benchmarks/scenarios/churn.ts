import { setTimeout } from 'node:timers/promises';
import { none } from '../peers/none.js';
import type { Peer } from '../peers/peer.js';
import { type CyclesCost, type CyclesOptions, measureCycles, underCycles } from './cycles.js';
import { assertStored, fill } from './filling.js';
import type { Measured, Scenario, ScenarioContext, Variant } from './scenario.js';

const DAY_MS = 86_400_000;

export interface Duration {
  readonly warmUpMs: number;
  readonly measuredMs: number;
}

interface Effort {
  readonly perSecond: number;
  /** Of the load generator on its own. */
  readonly own: Duration;
  readonly peer: Duration;
}

const FULL: Effort = {
  perSecond: 20_000,
  own: { warmUpMs: 1_500, measuredMs: 3_000 },
  peer: { warmUpMs: 5_000, measuredMs: 20_000 },
};
const SHORT: Effort = { ...FULL, peer: { warmUpMs: 3_000, measuredMs: 10_000 } };
const QUICK: Effort = {
  perSecond: 2_000,
  own: { warmUpMs: 100, measuredMs: 100 },
  peer: { warmUpMs: 100, measuredMs: 300 },
};

const VARIANTS: readonly Variant[] = [
  { name: '100k stored', sessions: 100_000, secondsPerRun: 19, subjects: ['sharded', 'built-in'] },
  { name: '1M stored', sessions: 1_000_000, secondsPerRun: 22 },
  {
    name: '3M stored',
    sessions: 3_000_000,
    secondsPerRun: 42,
    subjects: ['sharded', 'built-in', 'built-in strings', 'lmdb'],
  },
];

export const churn: Scenario = {
  name: 'churn',
  title:
    '20,000 clients/s come back and leave again: get, a change, set, setInactive of random sessions',
  subjects: [
    'sharded',
    'built-in',
    'built-in strings',
    'memorystore',
    'lmdb',
    'ioredis',
    'node-redis',
    'map',
  ],
  variants: (quick) =>
    quick ? [{ name: '2k stored', sessions: 2_000, secondsPerRun: 2 }] : VARIANTS,
  run,
};

async function run({ kind, variant, quick, onProgress }: ScenarioContext): Promise<Measured> {
  const { sessions } = variant;
  const effort = chooseEffort(quick, sessions);
  const options: CyclesOptions = {
    perSecond: effort.perSecond,
    nextSession: () => Math.floor(Math.random() * sessions),
    leaves: true,
  };
  // In this process before anything is stored, with the same code: what it costs alone.
  const nothing = await none.create({ inactiveSessionLifetimeMs: DAY_MS });
  const own = await measureChurn(nothing, options, effort.own);
  const peer = await kind.create({ inactiveSessionLifetimeMs: DAY_MS });
  try {
    await fill(peer, 0, sessions, (stored) => onProgress(stored, 2 * sessions));
    await assertStored(peer, sessions);
    const { metrics, points } = await measureChurn(peer, options, effort.peer);
    await assertStored(peer, sessions);
    const gross = metrics.cpuNsPerCycle;
    const ownNs = own.metrics.cpuNsPerCycle;
    return {
      metrics: {
        ...metrics,
        cpuNsPerCycle: gross - ownNs,
        cpuNsPerCycleGross: gross,
        cpuNsPerCycleOwn: ownNs,
      },
      series: { loopMaxMs: points() },
    };
  } finally {
    await peer.close();
  }
}

export async function measureChurn(
  peer: Peer,
  options: CyclesOptions,
  { warmUpMs, measuredMs }: Duration,
): Promise<CyclesCost> {
  return underCycles(peer, options, async (cycles) => {
    await setTimeout(warmUpMs);
    return measureCycles(cycles, () => setTimeout(measuredMs));
  });
}

function chooseEffort(quick: boolean, sessions: number): Effort {
  if (quick) return QUICK;
  return sessions >= 3_000_000 ? FULL : SHORT;
}
