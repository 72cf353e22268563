import type { ShardReport } from './protocol.js';

/** One shard, or, at the top of `ProviderStats`, all of them together. */
interface Counters extends ShardReport {
  /** Times that the shard was started again. */
  readonly restarts: number;
  /** Operations that the shard has not acknowledged. */
  readonly pending: number;
}

export interface ShardStats extends Counters {
  readonly shard: number;
}

/** Totals over all shards; `eventLoopUtilization` is their mean. */
export interface ProviderStats extends Counters {
  readonly shards: readonly ShardStats[];
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
    restarts: sum('restarts'),
    pending: sum('pending'),
    eventLoopUtilization: sum('eventLoopUtilization') / shards.length,
    shards,
  };
}
