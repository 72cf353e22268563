import { setTimeout } from 'node:timers/promises';
import type { Peer, PeerKind, PeerSettings } from '../peers/peer.js';
import { measureCycles, underCycles } from './cycles.js';
import { fill } from './filling.js';
import type { Measured, Scenario, ScenarioContext, Variant } from './scenario.js';

const DAY_MS = 86_400_000;
/** Slower than a try with a few sessions says. */
const FILL_MARGIN = 1.5;
const SIZE_POLL_MS = 100;
const PURGE_MS_MAX = 60_000;

interface Effort {
  readonly perSecond: number;
  /** Sessions whose clients come and go, one after the other. They do not expire. */
  readonly others: number;
  /** Stored to see how long all take: an even number. */
  readonly tried: number;
  readonly lifetimeMsMin: number;
  readonly warmUpMs: number;
  /** Measured from the purge on. */
  readonly afterMs: number;
}

const FULL: Effort = {
  perSecond: 5_000,
  others: 5_000,
  tried: 100_000,
  lifetimeMsMin: 5_000,
  warmUpMs: 1_000,
  afterMs: 4_000,
};
const QUICK: Effort = {
  perSecond: 500,
  others: 100,
  tried: 100,
  lifetimeMsMin: 1_500,
  warmUpMs: 100,
  afterMs: 300,
};

const VARIANTS: readonly Variant[] = [
  { name: '1M expire', sessions: 1_000_000, secondsPerRun: 22 },
  {
    name: '3M expire',
    sessions: 3_000_000,
    secondsPerRun: 28,
    subjects: ['sharded', 'built-in'],
  },
];

export const purge: Scenario = {
  name: 'purge',
  title: 'all sessions expire at once while 5,000 clients/s with other sessions come and go',
  subjects: ['sharded', 'built-in', 'memorystore', 'ioredis'],
  variants: (quick) =>
    quick ? [{ name: '2k expire', sessions: 2_000, secondsPerRun: 4 }] : VARIANTS,
  run,
};

async function run({ kind, variant, quick, onProgress }: ScenarioContext): Promise<Measured> {
  const effort = quick ? QUICK : FULL;
  const expiring = variant.sessions;
  const stored = expiring + effort.others;
  const fillMsMax = FILL_MARGIN * (await predictFillMs(kind, expiring, effort.tried));
  const schedule = scheduleOf(kind, effort, fillMsMax);
  const startMs = performance.now();
  const peer = await kind.create(schedule);
  try {
    await fill(peer, 0, stored, (done) => onProgress(done, 2 * stored));
    let next = 0;
    const nextSession = () => expiring + (next++ % effort.others);
    const { perSecond, warmUpMs } = effort;
    const cost = await underCycles(
      peer,
      { perSecond, nextSession, leaves: true },
      async (cycles) => {
        await setTimeout(warmUpMs);
        await assertSize(peer, stored);
        const restMs = startMs + schedule.endMs - performance.now();
        const measured = await measureCycles(cycles, () => setTimeout(restMs));
        await waitForPurge(peer, effort.others);
        return measured;
      },
    );
    const { loopMaxMs, cpuNsPerCycle: cpuNsPerCycleGross, ...others } = cost.metrics;
    return {
      metrics: { loopMaxMs, cpuNsPerCycleGross, ...others },
      series: { loopMaxMs: cost.points(startMs + schedule.purgeMs) },
    };
  } finally {
    await peer.close();
  }
}

interface Schedule extends PeerSettings {
  /** From the start of the store. */
  readonly purgeMs: number;
  readonly endMs: number;
}

/**
 * Sessions are stored one after the other, and their lives end in that order. So that they are purged at
 * once, a store looks for them only when all have expired. One that removes them as they expire, and so
 * never all at once, is measured from the first to the last.
 */
function scheduleOf(kind: PeerKind, effort: Effort, fillMsMax: number): Schedule {
  const { lifetimeMsMin, warmUpMs, afterMs } = effort;
  const allStoredMs = Math.ceil(fillMsMax + warmUpMs);
  if (kind.removesAsTheyExpire) {
    const lifetimeMs = lifetimeMsMin + allStoredMs;
    const endMs = lifetimeMs + allStoredMs + afterMs;
    return { inactiveSessionLifetimeMs: lifetimeMs, purgeMs: lifetimeMs, endMs };
  }
  const purgeMs = allStoredMs + lifetimeMsMin;
  return {
    inactiveSessionLifetimeMs: lifetimeMsMin,
    purgeIntervalMs: purgeMs,
    purgeMs,
    endMs: purgeMs + afterMs,
  };
}

async function predictFillMs(kind: PeerKind, sessions: number, tried: number): Promise<number> {
  const peer = await kind.create({ inactiveSessionLifetimeMs: DAY_MS });
  try {
    // The first half warms up.
    await fill(peer, 0, tried / 2, () => {});
    const startMs = performance.now();
    await fill(peer, tried / 2, tried, () => {});
    return ((performance.now() - startMs) * sessions) / (tried / 2);
  } finally {
    await peer.close();
  }
}

async function assertSize(peer: Peer, expected: number): Promise<void> {
  const size = await peer.size();
  if (size === expected) return;
  throw new Error(`expected ${expected} sessions before any of them expires, got ${size}`);
}

async function waitForPurge(peer: Peer, left: number): Promise<void> {
  const endMs = performance.now() + PURGE_MS_MAX;
  for (;;) {
    const size = await peer.size();
    if (size === left) return;
    if (size < left || performance.now() > endMs) {
      throw new Error(`expected ${left} sessions after the purge, got ${size}`);
    }
    await setTimeout(SIZE_POLL_MS);
  }
}
