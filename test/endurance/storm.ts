import { EventEmitter, once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { createFaultyProvider, FAULTS } from '../twins/faulty-pool.js';
import { readNumbers } from './arguments.js';
import { Load } from './load.js';

/**
 * Ends workers in all ways, under load: throw, rejection, exit, heap, endless loop, terminate. Exits with
 * 1 if an operation does not settle, or fails for a reason that it may not. How long the longest took is
 * printed: `requestTimeout`, a tick of 125 ms, and what the threads of this machine wait for each other.
 *
 *   npm run storm -- --kills 1000 --shards 8
 */
const REQUEST_TIMEOUT_MS = 1_000;
const LIFE_MS_MAX = 500;
const MAX_BYTES_PER_SHARD = 16_777_216;
const EXPECTED_FAILURES = new Set([
  'ERR_TIMEOUT',
  'ERR_POISONOUS_OPERATION',
  'ERR_SHARD_UNAVAILABLE',
]);

const { kills, shards } = readNumbers({ kills: 1_000, shards: 8 });
const { provider, pool } = createFaultyProvider({
  shards,
  requestTimeout: REQUEST_TIMEOUT_MS,
  maxBytes: shards * MAX_BYTES_PER_SHARD,
});
let downs = 0;
let lost = 0;
const reasons = new Map<string, number>();
const onShard = new EventEmitter();
onShard.setMaxListeners(0);
provider.on('shardUp', ({ shard }) => onShard.emit(`up ${shard}`));
provider.on('shardDown', ({ shard, reason, sessions }) => {
  downs++;
  lost += sessions;
  reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  onShard.emit(`down ${shard}`);
});
await provider.ready;

/** Ends the workers of one shard, one after the other, after lives of all lengths. */
async function endWorkersOf(shard: number): Promise<void> {
  while (downs < kills) {
    await setTimeout(Math.random() * LIFE_MS_MAX);
    const up = once(onShard, `up ${shard}`);
    const down = once(onShard, `down ${shard}`);
    const fault = FAULTS[Math.floor(Math.random() * FAULTS.length)];
    if (fault !== undefined) pool.commit(shard, fault);
    await down;
    // A second blow, to a worker that may be just starting.
    if (Math.random() < 0.2) pool.terminate(shard);
    await up;
  }
}

const load = new Load({ provider, ids: 5_000, operationsPerTurn: 20, pauseMs: 1 });
const running = load.run();
const startMs = performance.now();
await Promise.all(Array.from({ length: shards }, (_, shard) => endWorkersOf(shard)));
load.stop();
await running;
await provider.flush().catch(() => {});
// Each shard comes back: its operations are answered.
await setTimeout(2 * REQUEST_TIMEOUT_MS);
const size = await provider.size();
const { pending, restarts } = await provider.stats();
await provider.close();

const result = {
  node: process.version,
  kills: downs,
  seconds: Math.round((performance.now() - startMs) / 1_000),
  operations: load.called,
  unsettled: load.unsettled,
  longestMs: Math.round(load.longestMs),
  failures: Object.fromEntries(load.failures),
  reasons: Object.fromEntries(reasons),
  sessionsLost: lost,
  restarts,
  pending,
  size,
};
console.log(JSON.stringify(result, undefined, 2));
const expected = [...load.failures.keys()].every((code) => EXPECTED_FAILURES.has(code));
process.exitCode = load.unsettled === 0 && pending === 0 && expected ? 0 : 1;
