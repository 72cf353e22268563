import type { SessionStorageError } from '../errors.js';
import type { ShardStore } from '../shard/create-store.js';
import type { RedisSettings } from '../shard/redis/redis-settings.js';
import { createSeed } from '../slots.js';

/** What is done before shards can be started, and after they have stopped. */
export interface StoreOpening {
  /** The key of the hash that leads from a session id to its slot. */
  readonly seed: Uint8Array;
  /** What shards are told of their store; valid from when they can be started. */
  readonly shardStore: ShardStore;
  /** Calls back once, at once or later: shards can be started, or never can. */
  prepare(onPrepared: () => void, onRefused: (error: SessionStorageError) => void): void;
  /** To be called when a shard begins to serve, and when it does not any more. */
  setServing(shard: number, serves: boolean): void;
  /** To be called when a shard's disk takes again what it is given. */
  onRecovered(): void;
  /** To be called when no shard is running any more. */
  close(): Promise<void>;
}

/** There is nothing to do for sessions in memory. */
export function openMemory(seed = createSeed()): StoreOpening {
  return opening(seed, { kind: 'memory' });
}

/** Nor for those in Redis: each shard has a connection of its own. */
export function openRedis(settings: RedisSettings, requestTimeoutMs: number): StoreOpening {
  const seed = createSeed();
  return opening(seed, { ...settings, seed, requestTimeoutMs });
}

function opening(seed: Uint8Array, shardStore: ShardStore): StoreOpening {
  return {
    seed,
    shardStore,
    prepare: (onPrepared) => onPrepared(),
    setServing: () => {},
    onRecovered: () => {},
    close: () => Promise.resolve(),
  };
}
