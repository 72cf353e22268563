import type { Batch } from '../protocol.js';

/** The facade's end of the connection to one shard. Tests put a twin in its place. */
export interface ShardPort {
  post(batch: Batch): void;
}

/** What a shard calls when it has something to say. */
export interface ShardListener {
  onMessage(message: unknown): void;
  /** The shard has ended without being stopped; `reason` is for people. Nothing is heard after it. */
  onDown(reason: string): void;
}

/** A shard that was started. */
export interface RunningShard {
  readonly port: ShardPort;
  /** Ends the shard, whatever it is doing, and frees its worker. Nothing is heard of it from the call on. */
  stop(): Promise<void>;
}

/** Starts shards on worker threads; in tests, without. A shard may be started again when it has ended. */
export interface ShardStarter {
  start(shard: number, listener: ShardListener): RunningShard;
}
