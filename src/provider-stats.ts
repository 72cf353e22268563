import type { RoutedShard } from './facade/shard-router.js';
import type { StoreCounts } from './shard/session-store.js';

/** One shard, or, at the top of `ProviderStats`, all of them together. */
interface Counters {
  /** Live now; those that expired within the last `purgeInterval` may be counted. */
  readonly sessions: number;
  /** What they take up: ids, values and what the store spends on each. */
  readonly bytes: number;
  // The rest counts from the provider's construction on, over all restarts of a shard.
  /** `get`s that found a session, and that did not. */
  readonly hits: number;
  readonly misses: number;
  /** `set`s that were stored. */
  readonly sets: number;
  /** Sessions that ran out of lifetime. */
  readonly expired: number;
  /** Inactive sessions that were given up before their time, and for which limit. */
  readonly evicted: number;
  readonly evictedForSessions: number;
  readonly evictedForBytes: number;
  /** What was refused with `ERR_STORE_FULL`. */
  readonly refused: number;
  /** Times that the shard was started again. */
  readonly restarts: number;
  /** Operations that the shard has not acknowledged. */
  readonly pending: number;
  /** Share of time that the shard was busy since the last call of `stats`, 0 to 1. */
  readonly eventLoopUtilization: number;
}

export interface ShardStats extends Counters {
  readonly shard: number;
  /** It serves; if not, it is being started. */
  readonly up: boolean;
}

/** Totals over all shards; `eventLoopUtilization` is their mean. */
export interface ProviderStats extends Counters {
  readonly shards: readonly ShardStats[];
}

export function shardStats(
  shard: number,
  { channel, counters, supervisor }: RoutedShard,
  eventLoopUtilization: number,
): ShardStats {
  const counts: StoreCounts = counters.total;
  return {
    shard,
    up: supervisor.serving,
    ...counts,
    evicted: counts.evictedForSessions + counts.evictedForBytes,
    restarts: supervisor.restarts,
    pending: channel.pending,
    eventLoopUtilization,
  };
}

export function totalStats(shards: readonly ShardStats[]): ProviderStats {
  const sum = (name: keyof Counters): number => shards.reduce((total, one) => total + one[name], 0);
  return {
    sessions: sum('sessions'),
    bytes: sum('bytes'),
    hits: sum('hits'),
    misses: sum('misses'),
    sets: sum('sets'),
    expired: sum('expired'),
    evicted: sum('evicted'),
    evictedForSessions: sum('evictedForSessions'),
    evictedForBytes: sum('evictedForBytes'),
    refused: sum('refused'),
    restarts: sum('restarts'),
    pending: sum('pending'),
    eventLoopUtilization: sum('eventLoopUtilization') / shards.length,
    shards,
  };
}
