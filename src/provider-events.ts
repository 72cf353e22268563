import type { ErrorCode, SessionStorageError } from './errors.js';

/** A shard's worker has ended, and the sessions in it with it, unless a store brings them back; it is started again. */
export interface ShardDownEvent {
  readonly shard: number;
  /** For people. */
  readonly reason: string;
  /** How many sessions were in it, as far as it has said. */
  readonly sessions: number;
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

/** Inactive sessions that were given up before their time. */
export interface EvictedEvent {
  readonly shard: number;
  readonly count: number;
  /** The limit that was reached. */
  readonly reason: 'maxSessions' | 'maxBytes';
}

/** The disk of a shard's journal refuses what is written: its sessions are served from memory alone. */
export interface DegradedEvent {
  readonly shard: number;
  /** For people. */
  readonly reason: string;
}

/**
 * The journal of a shard has caught up: all that was done is on the disk. Or its worker has ended meanwhile, and
 * its successor has what was on the disk.
 */
export interface RecoveredEvent {
  readonly shard: number;
}

/** The server of a shard, such as Redis, answers: what has waited for it is done. */
export interface ConnectedEvent {
  readonly shard: number;
}

/** The server of a shard does not answer, or not as it should. What it was to do waits, and it is tried again. */
export interface ReconnectingEvent {
  readonly shard: number;
  /** What operations fail with whose time is over meanwhile. */
  readonly code: ErrorCode;
  /** For people. */
  readonly reason: string;
}

/** Events of the provider, by name. */
export interface ProviderEvents {
  /** A failure that nobody waited for. A process warning when nobody listens. */
  error: [error: SessionStorageError];
  shardDown: [event: ShardDownEvent];
  shardUp: [event: ShardUpEvent];
  expired: [event: ExpiredEvent];
  evicted: [event: EvictedEvent];
  degraded: [event: DegradedEvent];
  recovered: [event: RecoveredEvent];
  connected: [event: ConnectedEvent];
  reconnecting: [event: ReconnectingEvent];
}
