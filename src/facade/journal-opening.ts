import { join } from 'node:path';
import type { Clock } from '../clock.js';
import type { Disk } from '../disk.js';
import { SessionStorageError } from '../errors.js';
import { nodeDisk } from '../node-disk.js';
import type { JournalFaults } from '../shard/journal/journal-loader.js';
import type { MoveOptions, MoveReport } from '../shard/journal/reshard.js';
import { DAMAGED } from '../shard/journal/shard-files.js';
import type { JournalSettings } from '../store-options.js';
import { type DirectoryLock, lockDirectory } from './directory-lock.js';
import { type JournalDirectory, openJournalDirectory } from './journal-directory.js';
import { epochName, manifestPath, writeManifest } from './journal-manifest.js';
import { journalUnavailable } from './journal-unavailable.js';
import { emitJournalWarning } from './journal-warning.js';
import { moveShards } from './move-shards.js';
import { createNodeLockSystem } from './node-lock-system.js';
import { openMemory, type StoreOpening } from './store-opening.js';

export interface JournalOpeningOptions {
  readonly settings: JournalSettings;
  readonly shards: number;
  readonly clock: Clock;
  /** Told of failures of the lock while it is held. */
  readonly report: (error: SessionStorageError) => void;
  readonly disk?: Disk;
  readonly move?: (options: MoveOptions) => Promise<MoveReport>;
}

/** Opens a journal for one provider; if that fails, its shards are refused for that reason. */
export function openJournal(options: JournalOpeningOptions): StoreOpening {
  const { settings, shards, clock, report, disk = nodeDisk } = options;
  try {
    const opened = openJournalDirectory({
      ...settings,
      disk,
      lockSystem: createNodeLockSystem(),
      clock,
      shards,
      onLockError: report,
    });
    return new JournalOpening(options, opened);
  } catch (error) {
    if (!(error instanceof SessionStorageError)) throw error;
    return { ...openMemory(), prepare: (_, onRefused) => onRefused(error) };
  }
}

/** A journal that is open, and is moved first if it has another number of shards. */
class JournalOpening implements StoreOpening {
  readonly seed: Uint8Array;
  readonly shardStore: JournalSettings;
  readonly #options: JournalOpeningOptions;
  readonly #opened: JournalDirectory;
  #lock: DirectoryLock;
  #moving: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: JournalOpeningOptions, opened: JournalDirectory) {
    const { settings, shards } = options;
    const { manifest, epochDirectory, shardsBefore } = opened;
    this.seed = opened.seed;
    this.#options = options;
    this.#opened = opened;
    this.#lock = opened.lock;
    const directory =
      shardsBefore === shards
        ? epochDirectory
        : join(settings.directory, epochName(manifest.epoch + 1));
    this.shardStore = { ...settings, directory };
  }

  prepare(onPrepared: () => void, onRefused: (error: SessionStorageError) => void): void {
    if (this.#opened.shardsBefore === this.#options.shards) {
      onPrepared();
      return;
    }
    this.#moving = this.#move().then(
      () => {
        if (!this.#closed) onPrepared();
      },
      (error: unknown) => onRefused(journalUnavailable(this.#options.settings.directory, error)),
    );
  }

  /** The directory may have been removed, and made anew by a shard. */
  onRecovered(): void {
    const { settings, shards, disk = nodeDisk, clock, report } = this.#options;
    const { directory } = settings;
    try {
      if (this.#closed || disk.exists(manifestPath(directory))) return;
      this.#lock.release();
      this.#lock = lockDirectory({
        system: createNodeLockSystem(),
        clock,
        directory,
        onError: report,
      });
      const { manifest } = this.#opened;
      const epoch = manifest.epoch + (manifest.shards === shards ? 0 : 1);
      writeManifest(disk, directory, { ...manifest, shards, epoch });
    } catch (error) {
      report(journalUnavailable(directory, error));
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#moving;
    this.#lock.release();
  }

  /** The old files are in use until the manifest says otherwise. */
  async #move(): Promise<void> {
    const { settings, shards, disk = nodeDisk, move = moveShards } = this.#options;
    const { epochDirectory, shardsBefore, manifest } = this.#opened;
    const faults = await move({
      ...settings,
      from: { directory: epochDirectory, shards: shardsBefore },
      to: { directory: this.shardStore.directory, shards },
    });
    writeManifest(disk, settings.directory, { ...manifest, shards, epoch: manifest.epoch + 1 });
    warn(settings.directory, faults);
    // Damaged files stay, for who can make something of them.
    if (faults.isRepaired) disk.rename(epochDirectory, `${epochDirectory}${DAMAGED}`);
    // What cannot be removed now is removed at the next start.
    else disk.removeLater(epochDirectory, () => {});
  }
}

function warn(directory: string, { tornBytes, droppedBytes, isRepaired }: JournalFaults): void {
  if (tornBytes > 0) {
    emitJournalWarning(
      `journal in ${directory}: cut off ${tornBytes} bytes that were not completely written when the process or the machine ended`,
    );
  }
  if (isRepaired) {
    emitJournalWarning(
      `journal in ${directory}: was damaged; left out ${droppedBytes} bytes and kept what checks out`,
    );
  }
}
