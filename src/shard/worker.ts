import type { MessagePort } from 'node:worker_threads';
import { type ClockAnchor, SteadyClock } from '../clock.js';
import type { Notice } from '../notice.js';
import type { Reply } from '../protocol.js';
import { createStore, type ShardStoreSettings } from './create-store.js';
import { connectRedis } from './redis/redis-client.js';
import { RedisShard } from './redis/redis-shard.js';
import type { StoreLimits } from './session-store.js';
import { Shard } from './shard.js';

/** A server that does not answer for so long is not waited for. */
const ANSWER_MS_MAX = 1_000;
/** In a cluster another may have taken its place. */
const ANSWER_OF_NODE_MS_MAX = 500;

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
  const { port } = startup;
  const clock = new SteadyClock(startup.clockAnchor);
  const post = (message: Reply | Notice): void => port.postMessage(message);
  const shard = createShard(startup, clock, post);
  if (shard === undefined) return;
  port.on('message', (message: unknown) => shard.receive(message));
  port.on('close', () => shard.stop());
  shard.start();
}

/** `undefined` if it refuses to start, and has said why. */
function createShard(
  startup: ShardStartup,
  clock: SteadyClock,
  post: (message: Reply | Notice) => void,
): Pick<Shard, 'start' | 'receive' | 'stop'> | undefined {
  const { shard, shards, store: settings } = startup;
  if (settings.kind === 'redis') {
    const answerMsMax = 'nodes' in settings.server ? ANSWER_OF_NODE_MS_MAX : ANSWER_MS_MAX;
    const answerTimeoutMs = Math.min(answerMsMax, settings.requestTimeoutMs);
    return new RedisShard({
      shard,
      shards,
      ...settings,
      clock,
      random: Math.random,
      connect: (listener) => connectRedis({ settings, answerTimeoutMs, clock, listener }),
      post,
    });
  }
  const store = createStore({ ...startup, clock }, settings, post);
  return store && new Shard({ shards, store, clock, post });
}
