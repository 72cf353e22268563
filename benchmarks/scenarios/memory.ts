import { setTimeout } from 'node:timers/promises';
import { collectGarbage } from '../measuring/garbage-collection.js';
import { assertStored, fill } from './filling.js';
import type { Measured, Scenario, ScenarioContext, Variant } from './scenario.js';

const DAY_MS = 86_400_000;
const KIB = 1_024;
/** Given to heaps to shrink after the sessions have been stored. */
const SETTLE_MS = 2_000;
const SETTLE_QUICK_MS = 50;

const VARIANTS: readonly Variant[] = [
  { name: '1M stored', sessions: 1_000_000, secondsPerRun: 12 },
  {
    name: '3M stored',
    sessions: 3_000_000,
    secondsPerRun: 20,
    subjects: ['sharded', 'built-in', 'built-in strings', 'lmdb'],
  },
];

export const memory: Scenario = {
  name: 'memory',
  title: 'what the process, and a server that it uses, take in memory for each stored session',
  subjects: ['sharded', 'built-in', 'built-in strings', 'memorystore', 'lmdb', 'ioredis', 'map'],
  roundsMax: 1,
  variants: (quick) =>
    quick ? [{ name: '20k stored', sessions: 20_000, secondsPerRun: 1 }] : VARIANTS,
  run,
};

async function run({ kind, variant, quick, onProgress }: ScenarioContext): Promise<Measured> {
  const { sessions } = variant;
  const peer = await kind.create({ inactiveSessionLifetimeMs: DAY_MS });
  try {
    collectGarbage();
    const baseBytes = process.memoryUsage.rss() + (peer.memoryElsewhereBytes?.() ?? 0);
    await fill(peer, 0, sessions, (stored) => onProgress(stored, sessions));
    await assertStored(peer, sessions);
    collectGarbage();
    await setTimeout(quick ? SETTLE_QUICK_MS : SETTLE_MS);
    collectGarbage();
    const elsewhereBytes = peer.memoryElsewhereBytes?.() ?? 0;
    const bytes = process.memoryUsage.rss() + elsewhereBytes;
    const peakBytes = process.resourceUsage().maxRSS * KIB + elsewhereBytes;
    return {
      metrics: {
        rssBytesPerSession: bytes / sessions,
        rssGrowthBytesPerSession: (bytes - baseBytes) / sessions,
        rssPeakBytesPerSession: peakBytes / sessions,
        heapBytesPerSession: process.memoryUsage().heapUsed / sessions,
        rssBytes: bytes,
      },
    };
  } finally {
    await peer.close();
  }
}
