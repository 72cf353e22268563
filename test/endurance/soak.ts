import { setTimeout } from 'node:timers/promises';
import { createFaultyProvider } from '../twins/faulty-pool.js';
import { readNumbers } from './arguments.js';
import { Load } from './load.js';

/**
 * Hours of use in minutes: churn, expiry, eviction, and a worker that ends now and then. Prints the heap
 * after garbage collection and what keeps the process alive; exits with 1 if these grow.
 *
 *   npm run soak -- --minutes 10
 */
const SAMPLE_MS = 5_000;
const KILL_EVERY_SAMPLES = 3;
const GROWTH_MAX = 1.05;
const MIB = 1_048_576;

interface Sample {
  readonly heapBytes: number;
  readonly rssBytes: number;
  readonly resources: number;
  readonly listeners: number;
}

const { gc } = globalThis;
if (gc === undefined) throw new Error('expected node --expose-gc');
const { minutes } = readNumbers({ minutes: 10 });
const { provider, pool } = createFaultyProvider({
  shards: 2,
  inactiveSessionLifetime: 3_000,
  activeSessionLifetime: 20_000,
  purgeInterval: 100,
  maxSessions: 10_000,
});
await provider.ready;
const load = new Load({ provider, ids: 40_000, operationsPerTurn: 20, pauseMs: 2 });
const running = load.run();
const samples: Sample[] = [];
const count = Math.ceil((minutes * 60_000) / SAMPLE_MS);
for (let i = 0; i < count; i++) {
  await setTimeout(SAMPLE_MS);
  if (i % KILL_EVERY_SAMPLES === 0) pool.commit(i % 2, 'exit');
  gc();
  const { heapUsed, external, rss } = process.memoryUsage();
  samples.push({
    heapBytes: heapUsed + external,
    rssBytes: rss,
    resources: process.getActiveResourcesInfo().length,
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
  });
}
load.stop();
await running;
await provider.flush();
const { restarts, expired, evicted } = await provider.stats();
await provider.close();

/** The middle value of a part of the samples, which a single peak does not move. */
function median(part: readonly Sample[], name: keyof Sample): number {
  const values = part.map((sample) => sample[name]).sort((one, other) => one - other);
  return values[Math.floor(values.length / 2)] ?? Number.NaN;
}

const third = Math.floor(samples.length / 3);
const growth = (name: keyof Sample): [number, number] => [
  median(samples.slice(third, 2 * third), name),
  median(samples.slice(-third), name),
];
const heap = growth('heapBytes');
const resources = growth('resources');
const listeners = growth('listeners');
console.log(
  JSON.stringify(
    {
      node: process.version,
      minutes,
      operations: load.called,
      unsettled: load.unsettled,
      failures: Object.fromEntries(load.failures),
      restarts,
      expired,
      evicted,
      heapMiB: heap.map((bytes) => Math.round((bytes / MIB) * 100) / 100),
      rssMiB: growth('rssBytes').map((bytes) => Math.round(bytes / MIB)),
      resources,
      listeners,
    },
    undefined,
    2,
  ),
);
const flat =
  heap[1] <= heap[0] * GROWTH_MAX && resources[1] <= resources[0] && listeners[1] <= listeners[0];
process.exitCode = flat && load.unsettled === 0 ? 0 : 1;
