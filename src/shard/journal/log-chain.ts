import { isSameBoot } from './boot-id.js';
import { damaged } from './damaged.js';
import { FILE_HEADER_BYTES } from './file-header.js';
import { FIRST_SEQUENCE } from './frame.js';
import type { FoundFrame, FrameReader } from './frame-reader.js';
import { type JournalRecord, RecordKind } from './journal-record.js';
import { readSequence } from './sequence-reader.js';
import type { Content, SourceFile } from './source-file.js';

export interface LogChainOptions {
  /** Of one shard, in order. */
  readonly logs: readonly SourceFile[];
  /** The first log goes on from a snapshot. */
  readonly hasSnapshot: boolean;
  /** Of this start of the machine. */
  readonly bootId: Buffer;
  /** Goes on behind what is damaged, where else `ERR_JOURNAL_CORRUPT` is thrown. */
  readonly repair: boolean;
  readonly apply: (record: JournalRecord) => void;
}

/** Where a chain ends, and the next record would be written. */
export interface ChainEnd {
  /** Which of the logs; -1 if none of them can be used. */
  readonly index: number;
  /** The byte behind the last record. */
  readonly at: number;
  /** Of the record that would follow. */
  readonly sequence: number;
}

/**
 * The logs of a shard follow one another. They end where a record is not whole and nothing says that it ever
 * was: the process ended while it wrote it, or it was not yet safe from a power cut, which may lose
 * any of the writes that were not synced. Where something says so, the journal is damaged: SYNCED vouches
 * for what is before it; and if the machine has not started anew since, whatever is behind does.
 *
 * Files that were copied while they were written are of several moments. A copied log is a beginning of the log, so it
 * may end anywhere, whatever the logs behind it say; they are of later moments, and are left out.
 */
export class LogChain {
  readonly #options: LogChainOptions;
  #end: ChainEnd = { index: -1, at: 0, sequence: FIRST_SEQUENCE };
  #droppedBytes = 0;
  #isRepaired = false;
  #isCutCopy = false;
  // The generation that the log that was read last names as the next.
  #continuedIn: number | undefined;

  constructor(options: LogChainOptions) {
    this.#options = options;
  }

  get end(): ChainEnd {
    return this.#end;
  }

  /** Bytes that a repair has left out. */
  get droppedBytes(): number {
    return this.#droppedBytes;
  }

  /** Something was missing, and was passed. */
  get isRepaired(): boolean {
    return this.#isRepaired;
  }

  /** It ends where a log was copied that was being written. */
  get isCutCopy(): boolean {
    return this.#isCutCopy;
  }

  /** Applies all records, in order. */
  read(): void {
    for (const [index, log] of this.#options.logs.entries()) {
      if (this.#isPassedOver(log)) continue;
      const { content } = log;
      const follows =
        content === undefined
          ? this.#passUnreadable(index, log)
          : this.#follows(index, log, content) && this.#readLog(index, content);
      if (!follows) return;
    }
  }

  /** Whether it was created and then not begun, as the disk failed: the log before it names one behind it. */
  #isPassedOver({ generation }: SourceFile): boolean {
    const named = this.#continuedIn;
    if (named === undefined || named <= generation) return false;
    return this.#options.logs.some((log) => log.generation === named);
  }

  /** A log without a header, which goes before all else, has nothing, unless something says that it had. */
  #passUnreadable(index: number, { generation, size }: SourceFile): boolean {
    if (size < FILE_HEADER_BYTES && this.#isBehindCopy(index)) return this.#endInCopy();
    const isNamed = this.#continuedIn === generation || (index === 0 && this.#options.hasSnapshot);
    const hadHeader = isNamed || size > FILE_HEADER_BYTES || this.#wasWhole(index, 0, 0);
    if (!hadHeader) return false;
    this.#pass(index, 0);
    this.#droppedBytes += size;
    this.#continuedIn = undefined;
    return true;
  }

  /** Whether the log can be used where the one before it ends. */
  #follows(index: number, { generation }: SourceFile, { header }: Content): boolean {
    if (index === 0) {
      if (this.#options.hasSnapshot) return true;
      if (!header.isFirst) this.#pass(0, 0);
      return true;
    }
    if (header.isAfterGap) return false;
    if (this.#continuedIn === generation) return true;
    if (this.#continuedIn !== undefined && this.#isBehindCopy(index)) return this.#endInCopy();
    this.#pass(index, 0);
    return true;
  }

  #isBehindCopy(index: number): boolean {
    return this.#options.logs[index - 1]?.isCopy === true;
  }

  /** What follows is of a later moment than the log that was read last, or is not there. */
  #endInCopy(): false {
    this.#isCutCopy = true;
    return false;
  }

  /** Whether the next log is to be read. */
  #readLog(index: number, { reader }: Content): boolean {
    this.#continuedIn = undefined;
    let torn = false;
    const onMissing = (at: number, sequence: number): boolean => {
      torn = !this.#wasWhole(index, at, sequence);
      if (!torn) this.#pass(index, at);
      return !torn;
    };
    const { at, sequence, droppedBytes } = readSequence(reader, {
      onRecord: (record) => this.#apply(record),
      onMissing,
    });
    this.#end = { index, at, sequence };
    this.#droppedBytes += droppedBytes;
    if (torn) return false;
    const isContinued = this.#continuedIn !== undefined;
    const isLast = index === this.#options.logs.length - 1;
    if (isLast && isContinued) {
      if (this.#log(index).isCopy) return this.#endInCopy();
      this.#pass(index, at);
    }
    return isLast ? false : isContinued || onMissing(at, sequence);
  }

  #apply(record: JournalRecord): void {
    if (record.kind === RecordKind.CONTINUED) this.#continuedIn = record.argument;
    else this.#options.apply(record);
  }

  /** What is missing here was there. */
  #pass(index: number, at: number): void {
    if (!this.#options.repair) throw damaged(this.#log(index), at);
    this.#isRepaired = true;
  }

  /** Whether something says that the record with this sequence was there. */
  #wasWhole(index: number, at: number, sequence: number): boolean {
    const { isCopy, content } = this.#log(index);
    // Another one in its place, or one that cannot be read: no tear leaves that.
    if (content?.reader.isWholeAt(at) === true) return true;
    const { logs } = this.#options;
    const isBeginning = isCopy && content?.reader.endsWithin(at, sequence) === true;
    if (!isBeginning) return this.#isVouchedFor(logs.slice(index), at, sequence);
    if (this.#isVouchedFor(logs.slice(index, index + 1), at, sequence)) return true;
    return this.#isVouchedFor(logs.slice(index), at, sequence) && this.#endInCopy();
  }

  /** By what is in the first of these logs from `at` on, or in those behind it. */
  #isVouchedFor(logs: readonly SourceFile[], at: number, sequence: number): boolean {
    const { bootId } = this.#options;
    for (const [after, { content }] of logs.entries()) {
      if (content === undefined) continue;
      const { header, reader } = content;
      if (after > 0 && header.isAfterGap) return false;
      const sameBoot = isSameBoot(header.bootId, bootId);
      // In a log that is behind another there are records only if all before them were written.
      const from = after === 0 ? Math.max(at, FILE_HEADER_BYTES) : FILE_HEADER_BYTES;
      for (const { record } of framesFrom(reader, from, after === 0 ? sequence : FIRST_SEQUENCE)) {
        if (sameBoot) return true;
        if (record.kind === RecordKind.SYNCED && (after > 0 || record.argument >= sequence))
          return true;
      }
    }
    return false;
  }

  /** `index` is that of a log wherever this is called. */
  #log(index: number): SourceFile {
    return this.#options.logs[index] as SourceFile;
  }
}

function* framesFrom(reader: FrameReader, from: number, sequence: number): Generator<FoundFrame> {
  let frame = reader.findFrame(from, sequence);
  while (frame !== undefined) {
    yield frame;
    frame = reader.findFrame(frame.end, sequence);
  }
}
