import { join } from 'node:path';
import type { Clock } from '../../clock.js';
import type { Done } from '../../disk.js';
import { FileKind } from './file-header.js';
import type { JournalOptions } from './journal-options.js';
import { later, nextTurn } from './later.js';
import type { LogFile } from './log-file.js';
import type { LogWriter } from './log-writer.js';
import { createLog, createSnapshot } from './new-file.js';
import { nameOfFile, setAside, UNFINISHED } from './shard-files.js';
import { type SnapshotSource, snapshotSteps } from './snapshot-writer.js';

/** A journal is not compacted below this: there is too little to gain. */
const BYTES_MIN = 2 ** 22;
/** Each start makes a log. So many are compacted, however small they are. */
const FILES_MAX = 16;
/** How long a compaction that has failed is not tried again. */
const REST_MS = 10_000;
/** How long files with expired sessions are kept after a start, see {@link CompactionOptions.keepsExpired}. */
const KEEP_MS = 3_600_000;

export interface CompactionOptions extends JournalOptions {
  /** What a snapshot is made of; called when the log begins that goes on from it. */
  readonly source: () => SnapshotSource;
  readonly writer: LogWriter;
  readonly clock: Clock;
  /** The generation of the log that is written. */
  readonly generation: number;
  /** Names of all files before it. */
  readonly names: readonly string[];
  /** Bytes in them. */
  readonly bytes: number;
  /**
   * Most sessions in the files had expired when they were read, perhaps by a clock that was wrong: the files are kept
   * for an hour, or until as much has been written as is in them.
   */
  readonly keepsExpired: boolean;
}

/**
 * Puts a snapshot in place of all files, so that what is outdated in them goes. It begins a new log, and writes
 * what is stored slot by slot while changes go on, into that log. Of a session that changed meanwhile the
 * snapshot may have more than was there when the log began; the records in it then say the same once
 * more. When all is safe the snapshot gets its name, and what is before it is removed.
 */
export class Compaction {
  readonly #options: CompactionOptions;
  #generation: number;
  #names: string[];
  // Of all files but the log that is written.
  #bytes: number;
  #running = false;
  #closed = false;
  #restsUntilMs = 0;
  readonly #keptBytes: number;
  readonly #keepsUntilMs: number;

  constructor(options: CompactionOptions) {
    this.#options = options;
    this.#generation = options.generation;
    this.#names = [...options.names, nameOfFile(options.shard, options.generation, FileKind.LOG)];
    this.#bytes = options.bytes;
    this.#keptBytes = options.keepsExpired ? options.bytes : 0;
    this.#keepsUntilMs = options.clock.elapsed() + KEEP_MS;
  }

  /** Begins one if garbage passes what lives, which is about `liveBytes`. */
  startIfDue(liveBytes: number): void {
    const { writer, clock } = this.#options;
    const bytes = this.#bytes + writer.bytes;
    const keptBytes = clock.elapsed() < this.#keepsUntilMs ? this.#keptBytes : 0;
    const isLarge = bytes > BYTES_MIN && bytes > 2 * Math.max(liveBytes, keptBytes);
    if (!isLarge && this.#names.length <= FILES_MAX) return;
    if (clock.elapsed() >= this.#restsUntilMs) this.start();
  }

  /** Begins one, whether it is due or not. */
  start(): void {
    if (!this.#running && !this.#closed && !this.#options.writer.degraded) void this.#run(false);
  }

  /** Makes up for records that are missing. If that fails the writer asks again. */
  startAfterGap(): void {
    if (!this.#running && !this.#closed) void this.#run(true);
  }

  /**
   * The same at once, before anything else is done, for files that are damaged: they stay, under another name.
   * Throws what the disk throws.
   */
  runNow(): void {
    const { disk, directory } = this.#options;
    const file = createSnapshot(this.#options, this.#generation, true);
    try {
      for (const _ of snapshotSteps(this.#options.source(), file));
      file.sync();
    } finally {
      file.close();
    }
    const snapshot = this.#publish();
    disk.syncDirectory(directory);
    // If this is not completed, the next start does it: the snapshot's header says that a repair has made it.
    for (const name of this.#options.names) setAside(disk, join(directory, name));
    disk.syncDirectory(directory);
    this.#names = [snapshot, this.#nameOf(FileKind.LOG)];
    this.#bytes = file.size;
  }

  close(): void {
    this.#closed = true;
  }

  async #run(isAfterGap: boolean): Promise<void> {
    this.#running = true;
    const { writer, clock } = this.#options;
    try {
      await this.#compact(isAfterGap);
    } catch (error) {
      // It is done again later; what is left of the files that it made is removed then, or at the next start.
      this.#restsUntilMs = clock.elapsed() + REST_MS;
      await this.#remove(`${this.#nameOf(FileKind.SNAPSHOT)}${UNFINISHED}`);
      if (isAfterGap && !this.#closed) writer.giveUp(error as Error);
    } finally {
      this.#running = false;
    }
  }

  async #compact(isAfterGap: boolean): Promise<void> {
    const { disk, directory, writer } = this.#options;
    const before = [...this.#names];
    const source = await this.#beginLog(isAfterGap);
    const snapshotBytes = await this.#writeSnapshot(source);
    const isSafe = await new Promise<boolean>((resolve) => writer.makeSafe(resolve));
    if (!isSafe) throw refused('the log behind a snapshot');
    if (this.#closed) throw refused('a snapshot');
    this.#names.push(this.#publish());
    await this.#wait((done) => disk.syncDirectoryLater(directory, done));
    this.#names = this.#names.filter((name) => !before.includes(name));
    this.#bytes = snapshotBytes;
    if (isAfterGap) writer.recover();
    for (const name of before) await this.#remove(name);
  }

  /** Throws once this is closed: from then on the files are another's. */
  async #wait(act: (done: Done) => void): Promise<void> {
    await later(act);
    if (this.#closed) throw refused('anything more');
  }

  /** What cannot be removed is outdated all the same, and is removed at the next start. */
  #remove(name: string): Promise<void> {
    const { disk, directory } = this.#options;
    return later((done) => disk.removeLater(join(directory, name), () => done(undefined)));
  }

  #nameOf(kind: FileKind): string {
    return nameOfFile(this.#options.shard, this.#generation, kind);
  }

  async #beginLog(isAfterGap: boolean): Promise<SnapshotSource> {
    const { disk, directory, writer, source } = this.#options;
    if (isAfterGap) disk.makeDirectory(directory);
    const generation = ++this.#generation;
    this.#names.push(this.#nameOf(FileKind.LOG));
    const log = createLog(this.#options, generation, { isFirst: false, isAfterGap });
    const bytesBefore = writer.bytes;
    try {
      await this.#wait((done) => log.syncLater(done));
      await this.#wait((done) => disk.syncDirectoryLater(directory, done));
      if (!isAfterGap && !writer.continueIn(log, generation)) throw refused('a log');
    } catch (error) {
      log.close();
      throw error;
    }
    if (isAfterGap) writer.beginAfterGap(log);
    this.#bytes += bytesBefore;
    return source();
  }

  /** Gives its bytes. */
  async #writeSnapshot(source: SnapshotSource): Promise<number> {
    const { clock } = this.#options;
    const file: LogFile = createSnapshot(this.#options, this.#generation);
    try {
      for (const _ of snapshotSteps(source, file)) {
        await nextTurn(clock);
        if (this.#closed) throw refused('a snapshot');
      }
      await this.#wait((done) => file.syncLater(done));
    } finally {
      file.close();
    }
    return file.size;
  }

  /** Gives the snapshot its name. */
  #publish(): string {
    const { disk, directory } = this.#options;
    const name = this.#nameOf(FileKind.SNAPSHOT);
    const path = join(directory, name);
    disk.rename(`${path}${UNFINISHED}`, path);
    return name;
  }
}

function refused(what: string): Error {
  return new Error(`expected the disk to take ${what}, got a failure`);
}
