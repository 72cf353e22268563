import type { Clock } from '../../src/clock.js';
import type { Disk } from '../../src/disk.js';
import type { FileSet } from '../../src/shard/journal/file-set.js';
import { JournalStore, type JournalStoreOptions } from '../../src/shard/journal-store.js';
import { ManualClock } from '../twins/manual-clock.js';
import { SimulatedDisk } from '../twins/simulated-disk.js';

export const DIRECTORY = '/journal';
export const DAY_MS = 86_400_000;
export const FILE_SET: FileSet = { id: 0xabcd, hasOlderFiles: false };
const BOOT_ID = Buffer.alloc(16, 1);

type Given = Partial<JournalStoreOptions> & { disk: Disk; clock: Clock };

export function createStore(given: Given): JournalStore {
  return new JournalStore({
    directory: DIRECTORY,
    shard: 0,
    fileSet: FILE_SET,
    generationMin: 0,
    shards: 1,
    fsync: 'never',
    encryptionKey: undefined,
    bootId: BOOT_ID,
    repair: false,
    purgeIntervalMs: 1_000,
    inactiveSessionLifetimeMs: DAY_MS,
    listener: { onLoading: () => {}, onDegraded: () => {}, onRecovered: () => {} },
    ...given,
  });
}

/** A shard whose process or worker ends and comes back. */
export class Journaled {
  readonly clock = new ManualClock();
  readonly told: string[] = [];
  disk = new SimulatedDisk();
  store: JournalStore;
  readonly #given: Partial<JournalStoreOptions>;

  constructor(given: Partial<JournalStoreOptions> = {}) {
    this.#given = given;
    this.store = this.#create(DAY_MS);
  }

  #create(inactiveSessionLifetimeMs: number | undefined): JournalStore {
    const { disk, clock } = this;
    const listener = {
      onLoading: () => {},
      onDegraded: (error: Error) => this.told.push(`degraded: ${error.message}`),
      onRecovered: () => this.told.push('recovered'),
    };
    return createStore({ ...this.#given, disk, clock, listener, inactiveSessionLifetimeMs });
  }

  inMs(ms: number): number {
    return this.clock.now() + ms;
  }

  commit(): void {
    this.store.commit(false, (safe) => this.told.push(safe ? 'safe' : 'unsafe'));
  }

  restartProcess(): this {
    this.disk = this.disk.afterKill();
    this.store = this.#create(DAY_MS);
    return this;
  }

  restartWorker(): this {
    this.disk = this.disk.afterKill();
    this.store = this.#create(undefined);
    return this;
  }

  /** Lets all go on that waits for the disk or for a turn. */
  async settle(): Promise<void> {
    for (let i = 0; i < 20_000; i++) {
      const did = [this.disk.completeLater(), this.clock.runTurn()];
      await Promise.resolve();
      await Promise.resolve();
      await Promise.resolve();
      if (!did.includes(true)) return;
    }
    throw new Error('expected it to settle');
  }
}
