import type { MessagePort } from 'node:worker_threads';
import { type ClockAnchor, SteadyClock } from '../clock.js';
import type { Notice } from '../notice.js';
import type { Reply } from '../protocol.js';
import { createStore, type ShardStoreSettings } from './create-store.js';
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
  readonly store: ShardStoreSettings;
}

/**
 * The task that the pool runs once on each worker. It returns at once: from then on the port keeps
 * the worker busy, and a task that never ended would keep the process alive.
 */
export default function serveShard(startup: ShardStartup): void {
  const { port, shards } = startup;
  const clock = new SteadyClock(startup.clockAnchor);
  const post = (message: Reply | Notice): void => port.postMessage(message);
  const store = createStore({ ...startup, clock }, startup.store, post);
  if (store === undefined) return;
  const shard = new Shard({ shards, store, clock, post });
  port.on('message', (message: unknown) => shard.receive(message));
  port.on('close', () => shard.stop());
  shard.start();
}
