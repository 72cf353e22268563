import type {
  RunningShard,
  ShardListener,
  ShardPort,
  ShardStarter,
} from '../../src/facade/shard-port.js';
import { MemoryStore, type MemoryStoreOptions } from '../../src/shard/memory-store.js';
import type { SessionStore, StoreLimits } from '../../src/shard/session-store.js';
import { Shard } from '../../src/shard/shard.js';
import type { ManualClock } from './manual-clock.js';

export interface LocalShardsOptions {
  readonly shards: number;
  readonly clock: ManualClock;
  readonly purgeIntervalMs?: number;
  readonly replyBytesMax?: number;
  readonly limitsOf?: (shard: number) => StoreLimits;
  /** Default: a store in memory. */
  readonly createStore?: (options: MemoryStoreOptions) => SessionStore;
}

const UNLIMITED: StoreLimits = {
  sessionsMax: Number.POSITIVE_INFINITY,
  bytesMax: Number.POSITIVE_INFINITY,
  overflow: 'reject',
};

/** Real shards in this thread, on ports that deliver in the clock's next turn or when told to. */
export class LocalShards implements ShardStarter {
  readonly ports: LocalPort[] = [];
  readonly #options: LocalShardsOptions;
  readonly #failures = new Map<number, number>();
  readonly #held = new Set<number>();

  constructor(options: LocalShardsOptions) {
    this.#options = options;
  }

  start(shard: number, listener: ShardListener): RunningShard {
    const { shards, clock, purgeIntervalMs = 1_000, limitsOf = () => UNLIMITED } = this.#options;
    const { createStore = (options) => new MemoryStore(options) } = this.#options;
    const { replyBytesMax = Number.POSITIVE_INFINITY } = this.#options;
    const limits = limitsOf(shard);
    const port = new LocalPort(clock, listener);
    const store = createStore({ shard, shards, purgeIntervalMs, clock, limits });
    const served = new Shard({
      shards,
      store,
      clock,
      replyBytesMax,
      post: (message) => port.answer(message),
    });
    port.connect(served);
    const failures = this.#failures.get(shard) ?? 0;
    if (failures > 0) {
      this.#failures.set(shard, failures - 1);
      clock.nextTurn(() => port.kill('a start that fails'));
    } else {
      clock.nextTurn(() => served.start());
    }
    this.ports[shard] = port;
    if (this.#held.has(shard)) port.hold();
    return {
      port,
      stop: async () => port.kill(),
    };
  }

  /** The next `times` starts of the shard fail. */
  failStarts(shard: number, times: number): void {
    this.#failures.set(shard, times);
  }

  /** The shard hears nothing until `release`, whether or not it was started. */
  hold(shard: number): void {
    this.#held.add(shard);
    this.ports[shard]?.hold();
  }

  release(shard: number): void {
    this.#held.delete(shard);
    this.ports[shard]?.release();
  }

  releaseAll(): void {
    for (const shard of [...this.#held]) this.release(shard);
  }

  /** The port of a shard that was started, as it was last. */
  port(shard: number): LocalPort {
    const port = this.ports[shard];
    if (port === undefined) throw new RangeError(`expected a shard that was started, got ${shard}`);
    return port;
  }
}

/** Both ends of a connection. What passes is copied, as between threads. */
export class LocalPort implements ShardPort {
  /** Batches that were posted, in order. */
  readonly posted: unknown[] = [];
  readonly #clock: ManualClock;
  readonly #listener: ShardListener;
  #shard: Shard | undefined;
  #held: unknown[] | undefined;

  constructor(clock: ManualClock, listener: ShardListener) {
    this.#clock = clock;
    this.#listener = listener;
  }

  connect(shard: Shard): void {
    this.#shard = shard;
  }

  post(batch: unknown): void {
    const message = structuredClone(batch);
    this.posted.push(message);
    if (this.#held === undefined) this.#deliver(message);
    else this.#held.push(message);
  }

  answer(message: unknown): void {
    const copy = structuredClone(message);
    this.#clock.nextTurn(() => {
      if (this.#shard !== undefined) this.#listener.onMessage(copy);
    });
  }

  /** The shard hears nothing until `release`. */
  hold(): void {
    this.#held ??= [];
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const message of held) this.#deliver(message);
  }

  /** The shard is gone; with a reason, its facade hears of it. */
  kill(reason?: string): void {
    this.#shard?.stop();
    this.#shard = undefined;
    if (reason !== undefined) this.#listener.onDown(reason);
  }

  #deliver(message: unknown): void {
    this.#clock.nextTurn(() => this.#shard?.receive(message));
  }
}
