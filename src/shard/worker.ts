import type { MessagePort } from 'node:worker_threads';
import { type ClockAnchor, SteadyClock } from '../clock.js';
import { MemoryStore } from './memory-store.js';
import type { StoreLimits } from './session-store.js';
import { Shard } from './shard.js';

/** All that a shard's worker is told when it starts. */
export interface ShardStartup {
  readonly port: MessagePort;
  readonly shard: number;
  readonly shards: number;
  readonly purgeIntervalMs: number;
  readonly clockAnchor: ClockAnchor;
  readonly limits: StoreLimits;
}

/**
 * The task that the pool runs once on each worker. It returns at once: from then on the port keeps
 * the worker busy, and a task that never ended would keep the process alive.
 */
export default function serveShard(startup: ShardStartup): void {
  const { port, shards } = startup;
  const clock = new SteadyClock(startup.clockAnchor);
  const store = new MemoryStore({ ...startup, clock });
  const shard = new Shard({ shards, store, clock, post: (message) => port.postMessage(message) });
  port.on('message', (message: unknown) => shard.receive(message));
  port.on('close', () => shard.stop());
  shard.start();
}
