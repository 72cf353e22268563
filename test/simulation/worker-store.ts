import { messageOf, SessionStorageError } from '../../src/errors.js';
import type { Notice } from '../../src/notice.js';
import type { JournalStore } from '../../src/shard/journal-store.js';
import type { MemoryStoreOptions } from '../../src/shard/memory-store.js';
import type { SessionStore } from '../../src/shard/session-store.js';
import type { SimulatedThread } from './agenda.js';
import type { AppliedBatch } from './batch.js';
import { Durability } from './durability.js';
import { NaiveStore, type NaiveStoreOptions } from './naive-store.js';
import type { ShardJournals } from './shard-journals.js';
import type { SimulatedWorker } from './simulated-worker.js';
import { departuresOf, StoreOracle } from './store-oracle.js';
import { WorkerDisk } from './worker-disk.js';
import type { WorkerOptions } from './worker-options.js';

export interface WorkerStoreListener {
  beforeEach(id: string): void;
  tell(notice: Notice): void;
  /** The worker is to end now. */
  onEndInDisk(call: string): void;
}

/** The store of one worker, on the disk if there are journals, and what is left of it when the worker ends. */
export class WorkerStore {
  oracle: StoreOracle | undefined;
  readonly #options: WorkerOptions;
  readonly #shard: number;
  readonly #thread: SimulatedThread;
  readonly #listener: WorkerStoreListener;
  readonly #durability: Durability;
  readonly #disk: WorkerDisk | undefined;
  #journal: JournalStore | undefined;
  #endedInDisk = false;

  constructor(
    options: WorkerOptions,
    shard: number,
    thread: SimulatedThread,
    listener: WorkerStoreListener,
  ) {
    const { journals, agenda, diskDelayMs, tornBytes } = options;
    this.#options = options;
    this.#shard = shard;
    this.#thread = thread;
    this.#listener = listener;
    this.#durability = new Durability(journals?.waits ?? false);
    const onEnd = (call: string): void => {
      this.#endedInDisk = true;
      listener.onEndInDisk(call);
    };
    this.#disk =
      journals &&
      new WorkerDisk({
        ...{ agenda, thread, tornBytes, onEnd },
        disk: journals.disk,
        delayMs: diskDelayMs,
      });
  }

  /** `undefined` if the disk fails, or the worker has ended meanwhile. */
  open(): StoreOracle | undefined {
    const { purgeIntervalMs, limits, trace, costs, journals } = this.#options;
    const clock = this.#thread;
    const instant = () => trace.instant;
    const naive = { limits, costs, purgeIntervalMs, startMs: clock.now(), instant };
    const options = this.#storeOptions;
    if (journals === undefined) {
      const create = this.#options.sabotage.createStore ?? this.#options.createStore;
      this.#watch(create(options), [new NaiveStore(naive)], undefined);
    } else {
      this.#openJournal(journals, options, naive);
    }
    return this.oracle;
  }

  get #storeOptions(): MemoryStoreOptions {
    const { shards, purgeIntervalMs, limits } = this.#options;
    return { shard: this.#shard, shards, purgeIntervalMs, limits, clock: this.#thread };
  }

  onServed(): void {
    this.#options.journals?.onServed(this.#shard);
  }

  endAfterDiskCalls(calls: number): void {
    this.#disk?.endAfter(calls);
  }

  compact(): void {
    if (!this.#thread.ended) this.#journal?.compact();
  }

  onEnd(worker: SimulatedWorker): void {
    const { journals, ledger } = this.#options;
    if (journals === undefined) {
      ledger.onSessionsLost(worker, this.oracle?.departures() ?? []);
    } else if (this.oracle !== undefined) {
      const fault = journals.faultAfterPowerCut(this.#storeOptions, this.#durability);
      if (fault !== undefined) ledger.fail(fault);
      const left = journals.onEnd(this.#shard, this.#durability, this.#endedInDisk);
      ledger.onDiskTold(this.#shard, false);
      ledger.onSessionsKept(worker, departuresOf(left));
    }
  }

  /** The facade knows that it has ended, and asks its successor this again. */
  onUnheard(batches: readonly AppliedBatch[]): void {
    const { journals } = this.#options;
    // What it did not get to write was not done.
    const certain = !this.#endedInDisk && !this.#durability.degraded;
    for (const batch of batches) journals?.onAskedAgain(this.#shard, batch, certain);
  }

  #openJournal(
    journals: ShardJournals,
    options: MemoryStoreOptions,
    naiveOptions: NaiveStoreOptions,
  ): void {
    if (this.#disk === undefined) return;
    try {
      this.#journal = journals.open(options, this.#disk, {
        onLoading: () => {},
        onDegraded: (error) => this.#onDegraded(error),
        onRecovered: () => this.#onRecovered(),
      });
    } catch (error) {
      if (error instanceof SessionStorageError) throw error;
      return;
    }
    if (this.#thread.ended) return;
    const naive = journals.expectAfterOpen(options, this.#journal, naiveOptions);
    this.#watch(this.#journal, [naive], this.#durability);
  }

  #watch(
    store: SessionStore,
    naive: readonly NaiveStore[],
    durability: Durability | undefined,
  ): void {
    const beforeEach = (id: string) => this.#listener.beforeEach(id);
    this.oracle = new StoreOracle({ store, naive, durability, clock: this.#thread, beforeEach });
  }

  #onDegraded(error: Error): void {
    // Also of what it was doing when it ended.
    this.#durability.degraded = true;
    if (this.#thread.ended) return;
    this.#options.ledger.onDiskTold(this.#shard, true);
    this.#listener.tell({ kind: 'degraded', reason: messageOf(error) });
  }

  #onRecovered(): void {
    if (this.#thread.ended) return;
    this.#durability.onRecovered();
    this.#options.ledger.onDiskTold(this.#shard, false);
    this.#listener.tell({ kind: 'recovered' });
  }
}
