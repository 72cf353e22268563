import type { FsyncPolicy } from '../../src/shard/journal/log-writer.js';
import {
  type JournalListener,
  JournalStore,
  type JournalStoreOptions,
} from '../../src/shard/journal-store.js';
import type { MemoryStoreOptions } from '../../src/shard/memory-store.js';
import { slotsOfShard } from '../../src/slots.js';
import type { AppliedBatch } from './batch.js';
import type { Durability } from './durability.js';
import type { FailingDisk } from './failing-disk.js';
import { heldBy, textOf } from './held-session.js';
import type { History } from './history.js';
import { NaiveStore, type NaiveStoreOptions } from './naive-store.js';
import { faultAfterPowerCut } from './power-cut.js';
import type { Random } from './random.js';
import { Violation } from './trace.js';
import type { WorkerDisk } from './worker-disk.js';

const BOOT_ID = Buffer.alloc(16, 1);
const SHOWN_MAX = 3;

export interface ShardJournalsOptions {
  readonly disk: FailingDisk;
  readonly random: Random;
  readonly fsync: FsyncPolicy;
  readonly inactiveSessionLifetimeMs: number;
  readonly history: History;
  readonly createJournal: (options: JournalStoreOptions) => JournalStore;
  /** What was done while the disk failed is lost, messages of the host among it. */
  readonly onReverted: () => void;
}

/** What the workers of a shard have left. */
interface Remains {
  /** What may be found. */
  readonly possible: readonly NaiveStore[];
  /** What the last one held. */
  readonly latest: readonly NaiveStore[];
}

export function createJournal(options: JournalStoreOptions): JournalStore {
  return new JournalStore(options);
}

/** The journals of all shards, on one disk: what is found in them must be what was left there. */
export class ShardJournals {
  readonly #options: ShardJournalsOptions;
  readonly #remains: (Remains | undefined)[] = [];
  readonly #served = new Set<number>();

  constructor(options: ShardJournalsOptions) {
    this.#options = options;
  }

  /** What is acknowledged is to be safe from a power cut. */
  get waits(): boolean {
    return this.#options.fsync === 'always';
  }

  get disk(): FailingDisk {
    return this.#options.disk;
  }

  /** Throws what the disk throws, and a violation if the journal is refused. */
  open(options: MemoryStoreOptions, disk: WorkerDisk, listener: JournalListener): JournalStore {
    const { inactiveSessionLifetimeMs } = this.#options;
    const isFirst = !this.#served.has(options.shard);
    return this.#options.createJournal({
      ...this.#journalOptions(options),
      ...{ disk, listener },
      inactiveSessionLifetimeMs: isFirst ? inactiveSessionLifetimeMs : undefined,
    });
  }

  /** What a store holds that was filled just now. Throws if that is not what was left. */
  expectAfterOpen(
    { shard, shards, clock }: MemoryStoreOptions,
    store: JournalStore,
    naiveOptions: NaiveStoreOptions,
  ): NaiveStore {
    const nowMs = clock.now();
    const remains = this.#remains[shard];
    const found = textOf(heldBy(store, slotsOfShard(shard, shards)));
    const possible = remains?.possible ?? [new NaiveStore(naiveOptions)];
    // Others that agree hold the same, but for what has expired.
    const left = possible.find((naive) => naive.liveAt(nowMs) === found);
    if (left === undefined) {
      const expected = possible.slice(-SHOWN_MAX).map((naive) => naive.liveAt(nowMs));
      throw new Violation(
        `journal of shard ${shard}: expected\n${[...new Set(expected)].join('\nor\n')}\ngot\n${found}`,
      );
    }
    if (remains !== undefined && remains.latest.length > 0) {
      this.#options.history.onReverted(shard);
      this.#options.onReverted();
      this.#tellReversions(left, remains.latest, naiveOptions.instant());
    }
    return left.continueIn(naiveOptions, nowMs);
  }

  onServed(shard: number): void {
    this.#served.add(shard);
  }

  /** What is wrong with what a power cut would leave now; `undefined`: nothing. */
  faultAfterPowerCut(options: MemoryStoreOptions, { safeStates }: Durability): string | undefined {
    if (safeStates.length === 0) return undefined;
    const { disk, random } = this.#options;
    return faultAfterPowerCut(this.#journalOptions(options), disk, safeStates, random);
  }

  /** Gives what may be found. */
  onEnd(shard: number, durability: Durability, inDisk: boolean): readonly NaiveStore[] {
    const possible = durability.remains(inDisk);
    // Else all that was acknowledged must be found, which is to explain all that is seen from now on.
    const latest = durability.degraded ? durability.latest : [];
    this.#remains[shard] = { possible, latest };
    return possible;
  }

  #journalOptions(options: MemoryStoreOptions): JournalStoreOptions {
    const { disk, fsync } = this.#options;
    return {
      ...options,
      ...{ disk, fsync },
      listener: { onLoading: () => {}, onDegraded: () => {}, onRecovered: () => {} },
      directory: '/journal',
      fileSet: { id: 1, hasOlderFiles: false },
      generationMin: 0,
      encryptionKey: undefined,
      bootId: BOOT_ID,
      repair: false,
      inactiveSessionLifetimeMs: undefined,
    };
  }

  onAskedAgain(shard: number, batch: AppliedBatch, certain: boolean): void {
    this.#options.history.addFirstTry(shard, batch, certain);
  }

  /** The disk refused what was done before the worker ended: sessions are again as they were. */
  #tellReversions(found: NaiveStore, latest: readonly NaiveStore[], instant: number): void {
    const { values } = found;
    const ids = new Set([...values.keys(), ...latest.flatMap((naive) => [...naive.values.keys()])]);
    for (const id of ids) {
      const value = values.get(id);
      if (latest.every((naive) => naive.values.get(id) === value)) continue;
      this.#options.history.addReversion(id, value, instant);
    }
  }
}
