import type { CancelTimer, Clock } from '../../clock.js';
import { RecordKind as Kind, type RecordKind } from './journal-record.js';
import type { LogFile } from './log-file.js';

/** When what was done is acknowledged, and when it is made safe from a power cut. */
export type FsyncPolicy = 'always' | 'everysec' | 'never';

const CHECK_INTERVAL_MS = 1_000;
const RETRY_INTERVAL_MS = 1_000;
/** What waits for the disk to take it. With more, the log is given up, and begun anew with all sessions. */
const PENDING_BYTES_MAX = 2 ** 24;

export interface LogWriterOptions {
  readonly fsync: FsyncPolicy;
  readonly clock: Clock;
  /** The disk has refused something. Told once, until it has recovered. */
  readonly onDegraded: (error: Error) => void;
  /** All that was kept back is on the disk. */
  readonly onRecovered: () => void;
  /** Called while records are missing: a new log is needed, and a snapshot of its generation. */
  readonly onGap: () => void;
}

/** A log up to some record. */
interface Extent {
  readonly log: LogFile;
  /** Records that were ever appended, up to this one. */
  readonly appended: number;
}

interface Waiter {
  /** It waits for so many records, of all that were ever appended. */
  readonly appended: number;
  readonly done: (safe: boolean) => void;
}

/**
 * Appends records to the log of a shard, acknowledges them as its policy demands, and bears with a disk that
 * fails, or loses the log: what it does not take is kept for later, and tried again each second.
 */
export class LogWriter {
  readonly #options: LogWriterOptions;
  #log: LogFile;
  // A log before it, all of which is written and not yet safe.
  #retired: Extent | undefined;
  #appended = 0;
  #safe = 0;
  #waiters: Waiter[] = [];
  #waitingCommits = 0;
  // The log of the sync that is under way.
  #syncing: LogFile | undefined;
  // Why the log takes nothing at present.
  #fault: Error | undefined;
  #hasGap = false;
  #errors = 0;
  // Something that was done is not in the log, or not in one that can be used yet.
  #degraded = false;
  // The log is of no use yet: what was before it is missing.
  #isAfterGap = false;
  #closed = false;
  #cancelCheck: CancelTimer = () => {};
  #cancelRetry: CancelTimer = () => {};

  constructor(log: LogFile, options: LogWriterOptions) {
    this.#log = log;
    this.#options = options;
    this.#checkEachSecond();
  }

  /** Bytes of the log. */
  get bytes(): number {
    return this.#log.size;
  }

  /** Times that the disk has refused something. */
  get errors(): number {
    return this.#errors;
  }

  get degraded(): boolean {
    return this.#degraded;
  }

  append(kind: RecordKind, slot: number, argument: number, id: string, value: string): void {
    if (this.#hasGap) return;
    this.#appended++;
    this.#log.append(kind, slot, argument, id, value);
    if (this.#fault !== undefined && this.#log.pendingBytes > PENDING_BYTES_MAX)
      this.#hasGap = true;
  }

  /**
   * Writes what was appended. Calls back, in order, when the policy allows, or with `syncs` when it is safe from
   * a power cut; with whether it is as safe as that promises.
   */
  commit(syncs: boolean, done: (safe: boolean) => void): void {
    this.#write();
    const waits = this.#options.fsync === 'always' || syncs;
    if (waits && this.#degraded) {
      done(false);
    } else if (waits || this.#waitingCommits > 0) {
      this.#waitingCommits++;
      this.makeSafe((safe) => {
        this.#waitingCommits--;
        done(safe || !waits);
      });
    } else {
      done(true);
    }
  }

  /** Calls back when all that was appended to this log is safe from a power cut, or is known not to be. */
  makeSafe(done: (safe: boolean) => void): void {
    this.#write();
    if (this.#fault !== undefined) {
      done(false);
      return;
    }
    this.#waiters.push({ appended: this.#appended, done });
    this.#sync();
  }

  /**
   * What is appended from now on goes to another log, of this generation. False if the disk has refused
   * something: all stays as it is.
   */
  continueIn(log: LogFile, generation: number): boolean {
    this.#write();
    if (this.#fault !== undefined) return false;
    this.#log.append(Kind.CONTINUED, 0, generation, '', '');
    this.#write();
    if (this.#fault !== undefined) {
      // Nothing may follow it, and whether it can be read is not known.
      this.#hasGap = true;
      return false;
    }
    this.#retired = { log: this.#log, appended: this.#appended };
    this.#log = log;
    return true;
  }

  /** After a gap: what is appended from now on goes to another log. It is of use once `recover` is called. */
  beginAfterGap(log: LogFile): void {
    this.#closeLogs();
    this.#retired = undefined;
    this.#log = log;
    this.#fault = undefined;
    this.#hasGap = false;
    this.#isAfterGap = true;
  }

  /** All that was done is in the log, or in a snapshot before it. */
  recover(): void {
    this.#isAfterGap = false;
    // Then it goes on until what was written since is on the disk, too.
    if (this.#fault !== undefined) return;
    this.#degraded = false;
    this.#options.onRecovered();
    this.#sync();
  }

  /** What has been written is of no use, and no more is: a new log is needed. */
  giveUp(error: Error): void {
    this.#fail(error, true);
  }

  /** Makes all safe that can be, and ends. `isFenced`: writes nothing, as the journal is another provider's by now. */
  close(isFenced = false): void {
    this.#closed = true;
    if (isFenced) this.#fault ??= new Error('expected the lock of the journal, got none');
    this.#cancelCheck();
    this.#cancelRetry();
    this.#write();
    try {
      this.#retired?.log.sync();
      if (this.#fault === undefined) this.#log.sync();
    } catch (error) {
      this.#fail(error as Error, true);
    }
    this.#closeLogs();
  }

  /** One that is being synced is closed behind that. */
  #closeLogs(): void {
    for (const log of [this.#retired?.log, this.#log]) {
      if (log !== this.#syncing) log?.close();
    }
  }

  #checkEachSecond(): void {
    this.#cancelCheck = this.#options.clock.after(CHECK_INTERVAL_MS, () => {
      if (!this.#hasGap && !this.#log.isInPlace) {
        this.#fail(new Error(`expected the file ${this.#log.path}, got none`), true);
      }
      if (this.#options.fsync === 'everysec') this.#sync();
      this.#checkEachSecond();
    });
  }

  #write(): void {
    if (this.#fault !== undefined) return;
    try {
      this.#log.write();
    } catch (error) {
      this.#fail(error as Error, false);
    }
  }

  #sync(): void {
    if (this.#syncing !== undefined || this.#closed) return;
    // What is not written is not synced, and must not count as such.
    this.#write();
    if (this.#fault !== undefined) return;
    if (this.#safe === this.#appended && this.#retired === undefined) {
      this.#release();
      return;
    }
    const synced = this.#retired ?? { log: this.#log, appended: this.#appended };
    const sequence = synced.log.nextSequence - 1;
    this.#syncing = synced.log;
    synced.log.syncLater((error) => {
      this.#syncing = undefined;
      if (this.#isGivenUp(synced.log)) {
        synced.log.close();
        if (this.#waiters.length > 0) this.#sync();
      }
      // What was not synced may never be, whatever a later sync says.
      else if (error !== undefined) this.#fail(error, true);
      else this.#onSynced(synced, sequence);
    });
  }

  #isGivenUp(log: LogFile): boolean {
    return this.#closed || (log !== this.#log && log !== this.#retired?.log);
  }

  #onSynced(synced: Extent, sequence: number): void {
    this.#safe = synced.appended;
    if (synced === this.#retired) {
      synced.log.close();
      this.#retired = undefined;
    } else if (synced.log === this.#log) {
      this.#log.append(Kind.SYNCED, 0, sequence, '', '');
      this.#write();
    }
    this.#release();
    if (this.#waiters.length > 0) this.#sync();
  }

  #release(): void {
    let count = 0;
    for (const { appended } of this.#waiters) {
      if (appended > this.#safe) break;
      count++;
    }
    for (const { done } of this.#waiters.splice(0, count)) done(true);
  }

  #fail(error: Error, hasGap: boolean): void {
    const wasDegraded = this.#degraded;
    this.#errors++;
    this.#fault = error;
    this.#hasGap ||= hasGap;
    this.#degraded = true;
    for (const { done } of this.#waiters.splice(0)) done(false);
    if (!wasDegraded) this.#options.onDegraded(error);
    this.#retryLater();
  }

  #retryLater(): void {
    this.#cancelRetry();
    if (this.#closed) return;
    this.#cancelRetry = this.#options.clock.after(RETRY_INTERVAL_MS, () => this.#retry());
  }

  #retry(): void {
    if (this.#fault === undefined) return;
    if (this.#hasGap) {
      // Asked again, as a compaction that is under way does not begin another.
      this.#retryLater();
      this.#options.onGap();
      return;
    }
    try {
      this.#log.write();
    } catch {
      // It was told already.
      this.#errors++;
      this.#retryLater();
      return;
    }
    this.#fault = undefined;
    if (!this.#isAfterGap) this.recover();
  }
}
