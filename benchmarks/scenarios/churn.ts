import { setTimeout } from 'node:timers/promises';
import { none } from '../peers/none.js';
import type { Peer } from '../peers/peer.js';
import { Cycles, type CyclesCost, type CyclesOptions, measureCycles } from './cycles.js';
import { assertStored, fill } from './filling.js';
import type { Measured, Scenario, ScenarioContext, Variant } from './scenario.js';

const DAY_MS = 86_400_000;

interface Effort {
  readonly perSecond: number;
  /** Of the load generator on its own. */
  readonly ownMs: number;
  readonly warmUpMs: number;
  readonly measuredMs: number;
}

const FULL: Effort = { perSecond: 20_000, ownMs: 3_000, warmUpMs: 5_000, measuredMs: 20_000 };
const SHORT: Effort = { ...FULL, measuredMs: 10_000 };
const QUICK: Effort = { perSecond: 2_000, ownMs: 100, warmUpMs: 100, measuredMs: 300 };

const VARIANTS: readonly Variant[] = [
  { name: '100k stored', sessions: 100_000, secondsPerRun: 21, subjects: ['sharded', 'built-in'] },
  { name: '1M stored', sessions: 1_000_000, secondsPerRun: 25 },
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
  const own = await measure(await none.create({ inactiveSessionLifetimeMs: DAY_MS }), options, {
    ...effort,
    warmUpMs: effort.ownMs,
    measuredMs: effort.ownMs,
  });
  const peer = await kind.create({ inactiveSessionLifetimeMs: DAY_MS });
  try {
    await fill(peer, 0, sessions, (stored) => onProgress(stored, 2 * sessions));
    await assertStored(peer, sessions);
    const { metrics, points } = await measure(peer, options, effort);
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

async function measure(peer: Peer, options: CyclesOptions, effort: Effort): Promise<CyclesCost> {
  const cycles = new Cycles(peer, options);
  await setTimeout(effort.warmUpMs);
  const cost = await measureCycles(cycles, () => setTimeout(effort.measuredMs));
  await cycles.stop();
  return cost;
}

function chooseEffort(quick: boolean, sessions: number): Effort {
  if (quick) return QUICK;
  return sessions >= 3_000_000 ? FULL : SHORT;
}
