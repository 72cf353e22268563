import { dirname, join } from 'node:path';
import { shardOfSlot, slotWithinShard } from '../../slots.js';
import { FileKind } from './file-header.js';
import type { JournalOptions } from './journal-options.js';
import type { LogFile } from './log-file.js';
import { createLog, createSnapshot } from './new-file.js';
import { nameOfFile, UNFINISHED } from './shard-files.js';
import { type SnapshotSource, slotSteps, writeSnapshotEnd } from './snapshot-writer.js';

export const FIRST_GENERATION = 1;

export interface NewJournalOptions
  extends Pick<JournalOptions, 'disk' | 'directory' | 'fileSet' | 'encryptionKey' | 'bootId'> {
  readonly shards: number;
}

interface NewShard {
  readonly shard: number;
  readonly snapshot: LogFile;
  sessions: number;
}

/**
 * The journal of all shards, written in one go into a directory of its own: each has a snapshot and a log in
 * which nothing is yet. Of a snapshot all must be there, so one that loses bytes later is known to be damaged.
 */
export class NewJournal {
  readonly #options: NewJournalOptions;
  readonly #shards: NewShard[] = [];

  constructor(options: NewJournalOptions) {
    this.#options = options;
  }

  /** Makes the directory, which may exist, and in it the snapshots, which may not. Throws what the disk throws. */
  create(): void {
    const { disk, directory, shards } = this.#options;
    disk.makeDirectory(directory);
    for (let shard = 0; shard < shards; shard++) {
      const snapshot = createSnapshot({ ...this.#options, shard }, FIRST_GENERATION);
      this.#shards.push({ shard, snapshot, sessions: 0 });
    }
  }

  /** Writes the sessions of a slot, over all shards, of which the source has each once. */
  writeSlot(source: SnapshotSource, slot: number): void {
    const owner = this.#shards[shardOfSlot(slot, this.#options.shards)] as NewShard;
    const steps = slotSteps(source, slotWithinShard(slot, source.shards), owner.snapshot);
    let step = steps.next();
    while (step.done !== true) step = steps.next();
    owner.sessions += step.value;
    // Else as many buffers stay as there are shards.
    owner.snapshot.release();
  }

  /** Completes all files. When it returns they are safe from a power cut, and so is the directory's name. */
  publish(): void {
    const { disk, directory } = this.#options;
    for (const { shard, snapshot, sessions } of this.#shards) {
      writeSnapshotEnd(sessions, snapshot);
      snapshot.sync();
      const path = join(directory, nameOfFile(shard, FIRST_GENERATION, FileKind.SNAPSHOT));
      disk.rename(`${path}${UNFINISHED}`, path);
      this.#createLog(shard);
    }
    disk.syncDirectory(directory);
    disk.syncDirectory(dirname(directory));
  }

  close(): void {
    for (const { snapshot } of this.#shards) snapshot.close();
  }

  #createLog(shard: number): void {
    const options = { ...this.#options, shard };
    const log = createLog(options, FIRST_GENERATION, { isFirst: false, isAfterGap: false });
    try {
      log.sync();
    } finally {
      log.close();
    }
  }
}
