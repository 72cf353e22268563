import type { SessionStorageError } from './errors.js';

/** A shard's worker has ended, and the sessions in it with it. */
export interface ShardDownEvent {
  readonly shard: number;
  readonly reason: string;
}

/** A shard serves. */
export interface ShardUpEvent {
  readonly shard: number;
}

/** Sessions that ran out of lifetime and were freed. */
export interface ExpiredEvent {
  readonly shard: number;
  readonly count: number;
}

/** Events of the provider, by name. */
export interface ProviderEvents {
  /** A failure that nobody waited for. A process warning when nobody listens. */
  error: [error: SessionStorageError];
  shardDown: [event: ShardDownEvent];
  shardUp: [event: ShardUpEvent];
  expired: [event: ExpiredEvent];
}
