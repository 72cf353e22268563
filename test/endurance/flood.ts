import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { createFaultyProvider } from '../twins/faulty-pool.js';
import { createSession } from '../twins/test-provider.js';
import { readNumbers } from './arguments.js';

/**
 * Sets without end to a shard that has stalled. What is in flight is bounded, so memory must be, too;
 * exits with 1 if it is not, or if a promise does not settle.
 *
 *   npm run flood -- --sets 10000000 --value-bytes 100 --ids 10000000
 */
const SETS_PER_TURN = 500;
const OBSERVED_EVERY = 100;
const MIB = 1_048_576;

const { sets, ids, ...sizes } = readNumbers({
  sets: 10_000_000,
  ids: 10_000_000,
  'value-bytes': 100,
});
const { provider, pool, errors } = createFaultyProvider({ shards: 1, requestTimeout: 600_000 });
await provider.ready;
const session = createSession({ value: 'x'.repeat(sizes['value-bytes']) });
await provider.set('first', session);

await pool.arm(0, 'loop');
void provider.set('stalls', session);
await setImmediate();

/**
 * What is in flight, its copy in the port, and as much again that V8 lets lie about before it collects;
 * the same for a thousand sets and for ten million.
 */
const allowedBytes = 1_024 * MIB;
const beforeBytes = process.memoryUsage.rss();
const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
let peakBytes = 0;
let observed = 0;
let settled = 0;
const codes = new Map<string, number>();
const onRejected = ({ code }: { code: string }) => {
  settled++;
  codes.set(code, (codes.get(code) ?? 0) + 1);
};
const startMs = performance.now();
for (let sent = 0; sent < sets; ) {
  for (let i = 0; i < SETS_PER_TURN && sent < sets; i++, sent++) {
    const set = provider.set(`id ${sent % ids}`, session);
    // Who looks at each promise holds memory of his own; a few show that they settle.
    if (sent % OBSERVED_EVERY === 0) {
      observed++;
      set.then(() => settled++, onRejected);
    }
  }
  await setImmediate();
  peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
}
const seconds = (performance.now() - startMs) / 1_000;
delay.disable();
pool.terminate(0);
await provider.flush();
const { pending, sessions, restarts } = await provider.stats();
await provider.close();
await setImmediate();

const grownBytes = peakBytes - beforeBytes;
const result = {
  node: process.version,
  sets,
  ids,
  seconds: Math.round(seconds),
  grownMiB: Math.round(grownBytes / MIB),
  allowedMiB: Math.round(allowedBytes / MIB),
  loopDelayP99Ms: Math.round(delay.percentile(99) / 1e5) / 10,
  loopDelayMaxMs: Math.round(delay.max / 1e5) / 10,
  observed,
  settled,
  refused: Object.fromEntries(codes),
  errorEvents: errors.length,
  sessions,
  restarts,
  pending,
};
console.log(JSON.stringify(result, undefined, 2));
process.exitCode = grownBytes <= allowedBytes && settled === observed && pending === 0 ? 0 : 1;
