import { Buffer } from 'node:buffer';
import { join } from 'node:path';
import type { Clock } from '../clock.js';
import type { DirectoryDisk } from '../disk.js';
import { runOnPool } from '../disk-task.js';
import { SessionStorageError } from '../errors.js';
import { NodeDisk, unsyncedNames } from '../node-disk.js';
import type { ShardStore } from '../shard/create-store.js';
import { faultTexts } from '../shard/journal/fault-texts.js';
import { lockPath } from '../shard/journal/lock-files.js';
import type { MoveOptions, MoveReport } from '../shard/journal/reshard.js';
import { setAside } from '../shard/journal/shard-files.js';
import { lockLost } from '../shard/journal/touch-lock.js';
import type { JournalSettings } from '../store-options.js';
import { CurrentManifest, fileSetOf, manifestAfterMove } from './current-manifest.js';
import {
  beginEpoch,
  completeEpoch,
  epochName,
  markDamaged,
  unknownEpoch,
} from './epoch-directories.js';
import {
  type JournalDirectory,
  openJournalDirectory,
  prepareDirectory,
  seedOf,
} from './journal-directory.js';
import { journalUnavailable } from './journal-unavailable.js';
import { emitJournalWarning } from './journal-warning.js';
import { holderState } from './lock-holder.js';
import type { LockSystem } from './lock-system.js';
import { isLocked, LockWait } from './lock-wait.js';
import { moveShards } from './move-shards.js';
import { createNodeLockSystem } from './node-lock-system.js';
import { openMemory, type StoreOpening } from './store-opening.js';

export interface JournalOpeningOptions {
  readonly settings: JournalSettings;
  readonly shards: number;
  readonly clock: Clock;
  /** Told of failures of the lock while it is held. */
  readonly report: (error: SessionStorageError) => void;
  readonly disk?: DirectoryDisk;
  readonly lockSystem?: LockSystem;
  readonly move?: (options: MoveOptions, signal: AbortSignal) => Promise<MoveReport>;
}

/** Before it is open. */
const NO_FILES = { fileSet: { id: 0, hasOlderFiles: false }, generations: [] };

/** The options, with all that has a default. */
interface Given extends Required<JournalOpeningOptions> {
  /** Without symbolic links. */
  readonly directory: string;
}

/** Opens a journal for one provider; if that fails, its shards are refused for that reason. */
export function openJournal(options: JournalOpeningOptions): StoreOpening {
  try {
    const { lockSystem = createNodeLockSystem(), move = moveShards } = options;
    const { disk = createDisk(options.settings.directory) } = options;
    const directory = prepareDirectory(disk, options.settings.directory);
    return new JournalOpening({ ...options, disk, lockSystem, move, directory });
  } catch (error) {
    if (!(error instanceof SessionStorageError)) throw error;
    return { ...openMemory(), prepare: (_, onRefused) => onRefused(error) };
  }
}

function createDisk(directory: string): DirectoryDisk {
  return new NodeDisk({
    // Of what this thread asks for, nothing is waited for.
    runLater: runOnPool,
    onUnsyncedNames: (error) => emitJournalWarning(unsyncedNames(directory, error)),
  });
}

/**
 * A journal that is open, or is opened once another provider has released it. Its records are moved first if it has
 * another number of shards, or if a provider that had it before may still run and write to its files.
 */
class JournalOpening implements StoreOpening {
  readonly seed: Uint8Array;
  readonly #given: Given;
  readonly #serving = new Set<number>();
  #opened: JournalDirectory | undefined;
  #manifest: CurrentManifest | undefined;
  /** Where the shards' files are to be. */
  #epoch = 0;
  #wait: LockWait<JournalDirectory> | undefined;
  #moving: Promise<void> = Promise.resolve();
  readonly #moveEnd = new AbortController();
  #closed = false;
  #onRefused: (error: SessionStorageError) => void = () => {};

  /** Throws what {@link openJournalDirectory} throws, unless the lock is to be waited for. */
  constructor(given: Given) {
    const { settings, directory } = given;
    this.#given = given;
    this.seed = seedOf({ ...settings, ...given });
    try {
      this.#use(this.#open());
    } catch (error) {
      if (!isLocked(error) || settings.lockTimeoutMs === 0) throw error;
      const { lockTimeoutMs } = settings;
      emitJournalWarning(
        `journal in ${directory}: waits for its lock, up to store.lockTimeout = ${lockTimeoutMs} ms: ${error.detail}`,
      );
    }
  }

  /** Valid from when shards can be started. */
  get shardStore(): ShardStore {
    const { settings, directory } = this.#given;
    const token = this.#opened?.lock.token ?? '';
    return {
      ...settings,
      directory: join(directory, epochName(this.#epoch)),
      lock: { directory, token },
      ...(this.#manifest?.shardFiles ?? NO_FILES),
    };
  }

  prepare(onPrepared: () => void, onRefused: (error: SessionStorageError) => void): void {
    this.#onRefused = onRefused;
    if (this.#opened !== undefined) {
      this.#prepareShards(this.#opened, onPrepared);
      return;
    }
    const { settings, clock, lockSystem, directory } = this.#given;
    this.#wait = new LockWait({
      clock,
      timeoutMs: settings.lockTimeoutMs,
      seemsFree: () => {
        const file = lockSystem.read(lockPath(directory));
        return file === undefined || !holderState(lockSystem, file, clock.wall()).isHeld;
      },
      open: () => this.#open(),
      onOpened: (opened) => {
        this.#use(opened);
        this.#prepareShards(opened, onPrepared);
      },
      onFailed: (error) => onRefused(journalUnavailable(directory, error)),
    });
  }

  setServing(shard: number, serves: boolean): void {
    if (serves) this.#serving.add(shard);
    else this.#serving.delete(shard);
    this.#opened?.lock.setTouching(this.#serving.size === 0);
    if (this.#serving.size === this.#given.shards) this.#manifest?.expectFiles();
  }

  /** The directory may have been removed, and made anew by a shard. */
  onRecovered(): void {
    if (!this.#closed) this.#manifest?.restore();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wait?.cancel();
    // The old files stay in use, as after a crash. The lock is not released before its thread has ended.
    this.#moveEnd.abort();
    await this.#moving;
    this.#opened?.lock.release();
  }

  #open(): JournalDirectory {
    const opened = openJournalDirectory({
      ...this.#given.settings,
      ...this.#given,
      seed: this.seed,
      onLockError: (error) => this.#onLockError(error),
    });
    const { lock, manifest } = opened;
    if (Buffer.compare(manifest.seed, this.seed) === 0) return opened;
    lock.release();
    const detail = `${this.#given.directory}: another provider has made a new journal here while this one waited for the lock; start this one again`;
    throw new SessionStorageError('ERR_JOURNAL_UNAVAILABLE', detail);
  }

  #use(opened: JournalDirectory): void {
    const { lock, manifest, warnings } = opened;
    this.#opened = opened;
    this.#manifest = new CurrentManifest({ ...this.#given, lock, manifest });
    for (const text of warnings) emitJournalWarning(text);
    this.#epoch = manifest.epoch;
    if (lock.mustFence) this.#epoch = unknownEpoch(manifest.epoch);
    else if (manifest.shards !== this.#given.shards) this.#epoch++;
  }

  #onLockError(error: SessionStorageError): void {
    if (isLocked(error)) this.#onRefused(error);
    else this.#given.report(error);
  }

  #prepareShards(opened: JournalDirectory, onPrepared: () => void): void {
    if (opened.manifest.epoch === this.#epoch) {
      onPrepared();
      return;
    }
    this.#moving = this.#move(opened).then(
      () => {
        if (!this.#closed) onPrepared();
      },
      (error: unknown) => this.#onRefused(this.#failureOfMove(opened, error)),
    );
  }

  /** From a provider that was cut off, its successor has taken the files that were to be moved. */
  #failureOfMove({ lock }: JournalDirectory, error: unknown): SessionStorageError {
    const { directory, lockSystem } = this.#given;
    if (lockSystem.exists(lock.ownDirectory)) return journalUnavailable(directory, error);
    return new SessionStorageError('ERR_JOURNAL_LOCKED', lockLost(directory), { cause: error });
  }

  /** The old files are in use until the manifest says otherwise. */
  async #move({ lock, epochDirectory, manifest }: JournalDirectory): Promise<void> {
    const { settings, directory, shards, disk, move } = this.#given;
    const epoch = this.#epoch;
    const moved = manifestAfterMove(manifest, shards, epoch);
    beginEpoch(disk, directory, epoch, moved.fileSetId);
    const options = {
      ...settings,
      from: {
        directory: epochDirectory,
        shards: manifest.shards,
        fileSet: fileSetOf(manifest),
        generations: manifest.generations,
      },
      to: { directory: join(directory, epochName(epoch)), shards, fileSet: fileSetOf(moved) },
    };
    const faults = await move(options, this.#moveEnd.signal);
    if (faults.isRepaired) markDamaged(disk, epochDirectory);
    this.#manifest?.write(moved);
    completeEpoch(disk, directory, epoch);
    const { mustFence } = lock;
    lock.endFence();
    for (const text of faultTexts(`journal in ${directory}`, faults)) emitJournalWarning(text);
    if (faults.isRepaired) setAside(disk, epochDirectory);
    else this.#removeOldFiles(epochDirectory, mustFence);
  }

  /**
   * What cannot be removed now is removed at the next start. So is a directory that another process may still use, and
   * in which it may look for its files.
   */
  #removeOldFiles(epochDirectory: string, isInUse: boolean): void {
    const { disk } = this.#given;
    const names = isInUse ? disk.list(epochDirectory) : [''];
    for (const name of names) disk.removeLater(join(epochDirectory, name), () => {});
  }
}
