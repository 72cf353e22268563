import { countsOf, type ShardCounts } from './shard-counts.js';

/**
 * One shard, or, at the top of `ProviderStats`, all of them together. All but `sessions` and `bytes`
 * counts from the provider's construction on, over all restarts of a shard.
 */
interface Counters extends ShardCounts {
  /** Inactive sessions that were given up before their time, for whatever limit. */
  readonly evicted: number;
  /** Times that the shard was started again. */
  readonly restarts: number;
  /** Operations that the shard has not acknowledged. */
  readonly pending: number;
  /**
   * Share of time that the shard's event loop was busy, 0 to 1: in the last 10 s or more, or since its worker started
   * if that is less; how often `stats` is called, and by whom, does not shorten that. 0 for a shard that does not answer.
   */
  readonly eventLoopUtilization: number;
  /** Ms that the shard's event loop has waited for something to do. What a worker did after its last answer is not in it. */
  readonly eventLoopIdleMs: number;
  /** Ms that it was at work. The difference of two readings, over that of the sums of both, is the utilization in between. */
  readonly eventLoopActiveMs: number;
  /** Whether its server, such as Redis, answers; of all shards, whether all do. Not there for a store without one. */
  readonly connection?: ConnectionState;
}

export type ConnectionState = 'connected' | 'reconnecting';

export interface ShardStats extends Counters {
  readonly shard: number;
  /** It serves; if not, it is being started. */
  readonly up: boolean;
}

/** Totals over all shards; `eventLoopUtilization` is their mean. */
export interface ProviderStats extends Counters {
  readonly shards: readonly ShardStats[];
}

export function totalStats(shards: readonly ShardStats[]): ProviderStats {
  const sum = (name: Exclude<keyof Counters, 'connection'>): number =>
    shards.reduce((total, one) => total + one[name], 0);
  return {
    ...countsOf(sum),
    evicted: sum('evicted'),
    restarts: sum('restarts'),
    pending: sum('pending'),
    eventLoopUtilization: sum('eventLoopUtilization') / shards.length,
    eventLoopIdleMs: sum('eventLoopIdleMs'),
    eventLoopActiveMs: sum('eventLoopActiveMs'),
    ...connectionOf(shards),
    shards,
  };
}

function connectionOf(shards: readonly ShardStats[]): { connection?: ConnectionState } {
  const states = shards.map(({ connection }) => connection);
  if (states.includes('reconnecting')) return { connection: 'reconnecting' };
  return states.includes('connected') ? { connection: 'connected' } : {};
}
