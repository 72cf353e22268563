import type { Batch } from '../protocol.js';

/** The facade's end of the connection to one shard. Tests put a twin in its place. */
export interface ShardPort {
  post(batch: Batch): void;
  /** Keeps the process alive while something is unacknowledged. */
  ref(): void;
  unref(): void;
}

/** What a shard calls when it has something to say. */
export interface ShardListener {
  onMessage(message: unknown): void;
  /** The shard has ended without being stopped; `reason` is for people. */
  onDown(reason: string): void;
}

/** A shard that was started. */
export interface RunningShard {
  readonly port: ShardPort;
  /** Ends the shard and frees its worker. */
  stop(): Promise<void>;
}

/** Starts shards on worker threads; in tests, without. */
export interface ShardStarter {
  start(shard: number, listener: ShardListener): RunningShard;
}
