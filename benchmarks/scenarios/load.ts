import { GarbageCollection } from '../measuring/garbage-collection.js';
import { LoopDelay } from '../measuring/loop-delay.js';
import { Cycles } from './cycles.js';
import { assertStored, fill } from './filling.js';
import type { Measured, Scenario, ScenarioContext, Variant } from './scenario.js';

const DAY_MS = 86_400_000;
const GETS_PER_SECOND = 1_000;
/** Stored before the clock starts, so that there is something to get. */
const BEFORE = 1_000;

const VARIANTS: readonly Variant[] = [
  {
    name: '1M stored',
    sessions: 1_000_000,
    secondsPerRun: 12,
    subjects: ['memorystore', 'ioredis', 'node-redis', 'map'],
  },
  {
    name: '3M stored',
    sessions: 3_000_000,
    secondsPerRun: 18,
    subjects: ['sharded', 'built-in', 'built-in strings', 'lmdb'],
  },
];

export const load: Scenario = {
  name: 'load',
  title: 'an empty store is filled as fast as it takes sessions, with a get each millisecond',
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
    quick ? [{ name: '20k stored', sessions: 20_000, secondsPerRun: 1 }] : VARIANTS,
  run,
};

async function run({ kind, variant, onProgress }: ScenarioContext): Promise<Measured> {
  const { sessions } = variant;
  const peer = await kind.create({ inactiveSessionLifetimeMs: DAY_MS });
  try {
    await fill(peer, 0, BEFORE, () => {});
    let stored = BEFORE;
    const cycles = new Cycles(peer, {
      perSecond: GETS_PER_SECOND,
      nextSession: () => Math.floor(Math.random() * stored),
      leaves: false,
    });
    const garbageCollection = new GarbageCollection();
    const loopDelay = new LoopDelay();
    garbageCollection.start();
    loopDelay.start();
    const startMs = performance.now();
    await fill(peer, BEFORE, sessions, (end) => {
      stored = end;
      onProgress(end, sessions);
    });
    const seconds = (performance.now() - startMs) / 1e3;
    loopDelay.stop();
    await cycles.stop();
    const metrics = {
      setsPerSecond: (sessions - BEFORE) / seconds,
      loadSeconds: seconds,
      ...cycles.latencies.metrics('get'),
      ...loopDelay.metrics(),
      ...(await garbageCollection.stop()),
    };
    await assertStored(peer, sessions);
    return { metrics, series: { loopMaxMs: loopDelay.points() } };
  } finally {
    await peer.close();
  }
}
