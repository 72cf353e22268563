import type { Clock } from '../clock.js';
import { SessionStorageError } from '../errors.js';
import { isNotice, isReply } from '../protocol.js';
import { createSlotHash, type SlotHash, shardOfSlot } from '../slots.js';
import { Deferred, type ObservedPromise, type ReportError } from './observed-promise.js';
import { ShardChannel } from './shard-channel.js';
import type { RunningShard, ShardStarter } from './shard-port.js';

export interface ShardRouterOptions {
  readonly shards: number;
  readonly seed: Uint8Array;
  readonly clock: Clock;
  readonly requestTimeoutMs: number;
  readonly starter: ShardStarter;
  readonly report: ReportError;
  readonly onUp: (shard: number) => void;
  readonly onDown: (shard: number, reason: string) => void;
  readonly onExpired: (shard: number, count: number) => void;
}

/** All shards: starts them, leads from a session id to its channel, hears what they say, stops them. */
export class ShardRouter {
  readonly channels: readonly ShardChannel[];
  readonly slotOf: SlotHash;
  readonly #options: ShardRouterOptions;
  readonly #running: readonly RunningShard[];
  readonly #ready: Deferred<void>;
  #starting: number;

  constructor(options: ShardRouterOptions) {
    const { shards, seed, starter, clock, requestTimeoutMs, report } = options;
    this.#options = options;
    this.#starting = shards;
    this.#ready = new Deferred(report);
    this.slotOf = createSlotHash(seed);
    this.#running = Array.from({ length: shards }, (_, shard) =>
      starter.start(shard, {
        onMessage: (message) => this.#onMessage(shard, message),
        onDown: (reason) => this.#onDown(shard, reason),
      }),
    );
    this.channels = this.#running.map(
      ({ port }, shard) => new ShardChannel({ shard, port, clock, requestTimeoutMs }),
    );
  }

  /** Every shard serves. */
  get ready(): ObservedPromise<void> {
    return this.#ready.promise;
  }

  channelOf(slot: number): ShardChannel {
    return this.#channel(shardOfSlot(slot, this.channels.length));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#running.map((shard) => shard.stop()));
  }

  /** `shard` is below the number of shards everywhere, so there is a channel. */
  #channel(shard: number): ShardChannel {
    return this.channels[shard] as ShardChannel;
  }

  #onMessage(shard: number, message: unknown): void {
    if (isReply(message)) {
      this.#channel(shard).receive(message);
    } else if (isNotice(message)) {
      if (message.kind === 'ready') this.#onReady(shard);
      else this.#options.onExpired(shard, message.count);
    }
  }

  #onReady(shard: number): void {
    this.#starting--;
    if (this.#starting === 0) this.#ready.resolve();
    this.#options.onUp(shard);
  }

  #onDown(shard: number, reason: string): void {
    const error = new SessionStorageError('ERR_SHARD_UNAVAILABLE', `shard ${shard}: ${reason}`);
    if (this.#starting > 0) this.#ready.reject(error);
    this.#channel(shard).fail(error);
    this.#options.onDown(shard, reason);
  }
}
