import { once } from 'node:events';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { readClockAnchor } from '../../src/clock.js';
import * as protocol from '../../src/protocol.js';
import { heapLimitsFor } from '../../src/shard/heap-limits.js';
import type { ShardStartup } from '../../src/shard/worker.js';
import type { ShardCounts } from '../../src/shard-counts.js';
import { createSeed, createSlotHash } from '../../src/slots.js';

const DAY_MS = 86_400_000;
const BATCH_OPERATIONS_MAX = 1_000;
const BATCH_BYTES_MAX = 2 ** 20;
/** What is posted and not answered, as much as the facade lets be under way. */
const POSTED_BYTES_MAX = 2 ** 24;

/** What a run fills. */
export interface Driver {
  readonly counts:
    | Pick<ShardCounts, 'sessions' | 'bytes' | 'evictedForBytes' | 'refused'>
    | undefined;
  /** Sets a session and sets it inactive. Waits while too much is under way. */
  set(id: string, value: string): Promise<void>;
  /** Waits until all is answered, and counts. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

/** One real shard on a thread of its own, and a sender in the facade's place. */
export class ShardDriver implements Driver {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #slotOf = createSlotHash(createSeed());
  #batch = protocol.createBatch(0);
  #operations = 0;
  #bytes = 0;
  readonly #postedBytes: number[] = [];
  #answered: () => void = () => {};
  counts: ShardCounts | undefined;

  constructor(bytesMax: number) {
    const { port1, port2 } = new MessageChannel();
    const startup: ShardStartup = {
      port: port2,
      shard: 0,
      shards: 1,
      purgeIntervalMs: 1_000,
      clockAnchor: readClockAnchor(),
      limits: { sessionsMax: Number.POSITIVE_INFINITY, bytesMax, overflow: 'evict-inactive' },
      replyBytesMax: Number.POSITIVE_INFINITY,
      remoteCallsMax: 1,
      store: { kind: 'memory' },
    };
    this.#port = port1;
    this.#worker = new Worker(new URL('./shard-thread.js', import.meta.url), {
      workerData: startup,
      transferList: [port2],
      resourceLimits: heapLimitsFor({
        sessionBytesMax: 1_048_576,
        unanswered: { operations: 0, bytes: 0 },
        isRemote: false,
      }),
    });
    this.#port.on('message', (message: unknown) => this.#receive(message));
  }

  async set(id: string, value: string): Promise<void> {
    protocol.appendSet(this.#batch, this.#slotOf(id), id, value, Date.now() + DAY_MS);
    protocol.makeLastSetInactive(this.#batch, Date.now() + DAY_MS);
    this.#operations++;
    this.#bytes += id.length + value.length;
    if (this.#operations < BATCH_OPERATIONS_MAX && this.#bytes < BATCH_BYTES_MAX) return;
    this.#post();
    while (this.#underWay() >= POSTED_BYTES_MAX) await this.#answer();
  }

  async flush(): Promise<void> {
    this.#post();
    while (this.#postedBytes.length > 0) await this.#answer();
  }

  async stop(): Promise<void> {
    const exited = once(this.#worker, 'exit');
    this.#port.close();
    await exited;
  }

  #post(): void {
    this.#port.postMessage(this.#batch);
    this.#postedBytes.push(this.#bytes);
    this.#batch = protocol.createBatch(0);
    this.#operations = 0;
    this.#bytes = 0;
  }

  #receive(message: unknown): void {
    if (!protocol.isReply(message)) return;
    this.counts = protocol.countsOfReply(message);
    this.#postedBytes.shift();
    this.#answered();
  }

  #underWay(): number {
    return this.#postedBytes.reduce((sum, bytes) => sum + bytes, 0);
  }

  #answer(): Promise<void> {
    return new Promise((resolve) => {
      this.#answered = resolve;
    });
  }
}
