import { BroadcastChannel } from 'node:worker_threads';
import type { Piscina } from 'piscina';
import { readClockAnchor, SteadyClock } from '../../src/clock.js';
import { IN_FLIGHT_BOUNDS } from '../../src/facade/in-flight-bounds.js';
import { ShardPool } from '../../src/facade/shard-pool.js';
import type { RunningShard, ShardListener } from '../../src/facade/shard-port.js';
import {
  type ProviderOptions,
  type SessionStorageError,
  ShardedSessionStorageProvider,
} from '../../src/index.js';
import { INTERNALS, type Internals, openStore } from '../../src/internals.js';
import { readOptions } from '../../src/options.js';
import type { HeapLimits } from '../../src/shard/heap-limits.js';
import { type Fault, type FaultOrder, faultChannelOf } from '../fixtures/faulty-worker.js';

const FAULTY_WORKER_URL = new URL('../fixtures/faulty-worker.js', import.meta.url).href;

export const FAULTS: readonly (Fault | 'terminate')[] = [
  'throw',
  'reject',
  'exit',
  'heap',
  'loop',
  'terminate',
];

/** Real worker threads that can be made to end in all ways. */
export class FaultyPool extends ShardPool {
  readonly #pools = new Map<number, Piscina>();
  #starting = 0;

  override start(shard: number, listener: ShardListener): RunningShard {
    this.#starting = shard;
    return super.start(shard, listener);
  }

  protected override createPool(_filename: string, resourceLimits: HeapLimits): Piscina {
    const pool = super.createPool(FAULTY_WORKER_URL, resourceLimits);
    this.#pools.set(this.#starting, pool);
    return pool;
  }

  /** Ends the worker of a shard now, if one runs. */
  commit(shard: number, fault: Fault | 'terminate'): void {
    if (fault === 'terminate') this.terminate(shard);
    else this.#order(shard, { fault, when: 'now' }).close();
  }

  /** Lets the worker of a shard do it when the next message comes, before it looks at it. */
  async arm(shard: number, fault: Fault): Promise<void> {
    const channel = this.#order(shard, { fault, when: 'next message' });
    await new Promise((resolve) => {
      channel.onmessage = resolve;
    });
    channel.close();
  }

  terminate(shard: number): void {
    void this.#pools.get(shard)?.threads[0]?.terminate();
  }

  #order(shard: number, order: FaultOrder): BroadcastChannel {
    const channel = new BroadcastChannel(faultChannelOf(shard));
    channel.postMessage(order);
    return channel;
  }
}

export interface FaultyProvider {
  readonly provider: ShardedSessionStorageProvider;
  readonly pool: FaultyPool;
  readonly errors: SessionStorageError[];
}

/** A provider on real workers that can be made to end. */
export function createFaultyProvider(options: ProviderOptions): FaultyProvider {
  const settings = readOptions(options);
  const clockAnchor = readClockAnchor();
  const clock = new SteadyClock(clockAnchor);
  const opening = openStore(settings, clock, () => {});
  const bounds = IN_FLIGHT_BOUNDS;
  const { shardStore } = opening;
  const pool = new FaultyPool({ ...settings, clockAnchor, bounds, shardStore });
  const internals: Internals = {
    clock,
    starter: pool,
    random: Math.random,
    bounds,
    startsMax: 2,
    opening,
    holdErrors: setImmediate,
  };
  const withInternals = { ...options, [INTERNALS]: internals };
  const provider = new ShardedSessionStorageProvider(withInternals);
  const errors: SessionStorageError[] = [];
  provider.on('error', (error) => errors.push(error));
  return { provider, pool, errors };
}
