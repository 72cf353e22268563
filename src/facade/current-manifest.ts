import type { Disk } from '../disk.js';
import type { SessionStorageError } from '../errors.js';
import type { ShardJournal } from '../shard/create-store.js';
import { createFileSetId, type FileSet } from '../shard/journal/file-set.js';
import { manifestPath } from '../shard/journal/lock-files.js';
import { FIRST_GENERATION } from '../shard/journal/new-journal.js';
import type { DirectoryLock } from './directory-lock.js';
import { writeManifest } from './journal-manifest.js';
import { journalUnavailable } from './journal-unavailable.js';
import type { JournalManifest } from './manifest-text.js';

export interface CurrentManifestOptions {
  readonly disk: Disk;
  readonly directory: string;
  readonly lock: DirectoryLock;
  /** The one in the directory. */
  readonly manifest: JournalManifest;
  /** Told why the manifest could not be written; the provider goes on. */
  readonly report: (error: SessionStorageError) => void;
}

/** The manifest of a journal that is open, and what it says of the shards' files. */
export class CurrentManifest {
  readonly #options: CurrentManifestOptions;
  #manifest: JournalManifest;

  constructor(options: CurrentManifestOptions) {
    this.#options = options;
    this.#manifest = options.manifest;
  }

  /** Which files a shard that starts now must find. */
  get shardFiles(): Pick<ShardJournal, 'fileSet' | 'generations'> {
    const generations = this.#isThere() ? this.#manifest.generations : [];
    return { fileSet: fileSetOf(this.#manifest), generations };
  }

  /** Each shard has files by now that a power cut cannot take away: from now on they must be there. */
  expectFiles(): void {
    const manifest = this.#manifest;
    if (!manifest.generations.includes(0) || !this.#isThere()) return;
    const generations = manifest.generations.map((one) => Math.max(one, FIRST_GENERATION));
    this.#tryTo(() => this.write({ ...manifest, generations }));
  }

  /** Puts it back if all files were removed while the provider runs, and shards have made theirs anew. */
  restore(): void {
    this.#tryTo(() => {
      if (this.#isThere()) return;
      this.#options.lock.restore(true);
      this.write(this.#manifest);
    });
  }

  /** Puts another one in its place. Throws what the disk throws. */
  write(manifest: JournalManifest): void {
    const { disk, directory, lock } = this.#options;
    writeManifest(disk, directory, manifest, lock.ownDirectory);
    this.#manifest = manifest;
  }

  /** False: somebody has removed all files while the provider runs. Then none can be expected. */
  #isThere(): boolean {
    const { disk, directory } = this.#options;
    return disk.exists(manifestPath(directory));
  }

  #tryTo(act: () => void): void {
    const { directory, report } = this.#options;
    try {
      act();
    } catch (error) {
      report(journalUnavailable(directory, error));
    }
  }
}

export function fileSetOf({ fileSetId, hasOlderFiles }: JournalManifest): FileSet {
  return { id: fileSetId, hasOlderFiles };
}

/** The manifest of an epoch to which the records are moved: copied, or, for other shards, written anew as another set. */
export function manifestAfterMove(
  manifest: JournalManifest,
  shards: number,
  epoch: number,
): JournalManifest {
  if (manifest.shards === shards) return { ...manifest, epoch };
  const generations = new Array<number>(shards).fill(FIRST_GENERATION);
  const fileSetId = createFileSetId();
  return { ...manifest, shards, epoch, fileSetId, hasOlderFiles: false, generations };
}
