import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Disk } from '../../disk.js';
import { closeFile } from './close-file.js';
import { damaged, missing } from './damaged.js';
import { FILE_HEADER_BYTES, FileKind, formatOf } from './file-header.js';
import { linkFormat } from './frame.js';
import { FrameBuffer } from './frame-buffer.js';
import type { JournalOptions } from './journal-options.js';
import { type JournalRecord, RecordKind } from './journal-record.js';
import { type ChainEnd, LogChain } from './log-chain.js';
import type { LogFile } from './log-file.js';
import { createLog } from './new-file.js';
import { filesOfShard, type ShardFile, setAside, unfinishedOfShard } from './shard-files.js';
import { readSnapshot, type SnapshotEnd } from './snapshot-reader.js';
import { openSource, type SourceFile } from './source-file.js';

export interface LoadOptions extends Omit<JournalOptions, 'fsync'> {
  readonly apply: (record: JournalRecord) => void;
}

/** What was found wrong. */
export interface JournalFaults {
  /** Bytes at the end: not finished when the process or the machine ended. */
  readonly tornBytes: number;
  /** Bytes that a repair has left out. */
  readonly droppedBytes: number;
  /** Something was missing, and was passed. */
  readonly isRepaired: boolean;
  /** The files are copies that were made while they were written; what is there is that of the first moment. */
  readonly isCutCopy: boolean;
}

/** What was found, and where the journal goes on. */
export interface LoadedJournal extends JournalFaults {
  /** A new log, behind all others. */
  readonly log: LogFile;
  readonly generation: number;
  /** Names of the files before it that say what was applied. */
  readonly names: readonly string[];
  /** Bytes in them. */
  readonly bytes: number;
  /** Then the log is of use only behind a snapshot of its generation, which is to be taken at once. */
  readonly isRepaired: boolean;
}

/**
 * Applies what the files of one shard say: the newest snapshot, then the logs from its generation on. Leaves
 * these files, whole and safe, a new log, and no others of the shard. Throws `ERR_JOURNAL_CORRUPT`, and
 * what the disk throws.
 */
export function loadJournal(options: LoadOptions): LoadedJournal {
  return withFiles(options, (files, { outdated, unfinished }) => {
    const { disk, directory } = options;
    const loaded = load(options, files);
    for (const name of unfinished) disk.remove(join(directory, name));
    if (files.snapshot?.content?.header.isRepaired === true) {
      // A repair was not completed: what is before its snapshot is damaged, and kept.
      for (const name of outdated) setAside(disk, join(directory, name));
      if (outdated.length > 0) disk.syncDirectory(directory);
    } else {
      for (const name of outdated) disk.remove(join(directory, name));
    }
    return loaded;
  });
}

/** Applies the same, and changes nothing. */
export function readJournal(options: LoadOptions): JournalFaults {
  return withFiles(options, (files) => {
    const { end, ...faults } = read(options, files);
    return { ...faults, tornBytes: bytesBehind(files.logs, end) };
  });
}

function withFiles<Result>(
  options: LoadOptions,
  use: (files: Choice<SourceFile>, leftOver: LeftOver) => Result,
): Result {
  const { disk, directory, shard } = options;
  const { snapshot, logs, ...leftOver } = choose(shard, disk.list(directory));
  const sources: SourceFile[] = [];
  try {
    const open = (file: ShardFile): SourceFile => {
      const source = openSource(options, file);
      sources.push(source);
      return source;
    };
    return use({ snapshot: snapshot && open(snapshot), logs: logs.map(open) }, leftOver);
  } finally {
    for (const { file } of sources) closeFile(file);
  }
}

interface Choice<File> {
  readonly snapshot: File | undefined;
  readonly logs: readonly File[];
}

/** Names of what was left over when a process ended. */
interface LeftOver {
  /** Files before the snapshot. */
  readonly outdated: readonly string[];
  readonly unfinished: readonly string[];
}

function choose(shard: number, names: readonly string[]): Choice<ShardFile> & LeftOver {
  const files = filesOfShard(shard, names);
  const snapshot = files.findLast(({ kind }) => kind === FileKind.SNAPSHOT);
  const first = snapshot?.generation ?? 0;
  const logs = files.filter(({ kind, generation }) => kind === FileKind.LOG && generation >= first);
  const outdated = files.filter((file) => file !== snapshot && !logs.includes(file));
  return {
    snapshot,
    logs,
    outdated: outdated.map(({ name }) => name),
    unfinished: unfinishedOfShard(shard, names),
  };
}

const NOTHING: SnapshotEnd = { isRepaired: false, droppedBytes: 0 };

interface Applied extends Omit<JournalFaults, 'tornBytes'> {
  readonly end: ChainEnd;
}

function read(options: LoadOptions, { snapshot, logs }: Choice<SourceFile>): Applied {
  const { repair, apply } = options;
  const isLogMissing = snapshot !== undefined && snapshot.generation !== logs[0]?.generation;
  if (isLogMissing && !repair) throw damaged(snapshot, snapshot.size);
  const before = snapshot === undefined ? NOTHING : readSnapshot(snapshot, repair, apply);
  const chain = new LogChain({ ...options, logs, hasSnapshot: snapshot !== undefined });
  chain.read();
  const { end, isCutCopy } = chain;
  const reached = Math.max(0, snapshot?.generation ?? 0, logs[end.index]?.generation ?? 0);
  // A copy that was made while files were written may be one of an earlier moment than the manifest.
  const isMissing = reached < options.generationMin && !isCutCopy;
  if (isMissing && !repair) {
    throw missing(options.directory, options.shard, options.generationMin, reached);
  }
  return {
    end,
    droppedBytes: before.droppedBytes + chain.droppedBytes,
    isRepaired: before.isRepaired || isLogMissing || chain.isRepaired || isMissing,
    isCutCopy,
  };
}

function load(options: LoadOptions, files: Choice<SourceFile>): LoadedJournal {
  const { disk, directory } = options;
  const { snapshot, logs } = files;
  const { end, droppedBytes, isRepaired, isCutCopy } = read(options, files);
  const tornBytes = bytesBehind(logs, end);
  // Damaged files stay as they are.
  if (!isRepaired) cut(disk, logs, end, isCutCopy);
  const used = isRepaired ? logs : logs.slice(0, end.index + 1);
  const kept = snapshot === undefined ? used : [snapshot, ...used];
  const generations = [...kept, ...logs].map((file) => file.generation);
  const generation = 1 + Math.max(options.generationMin, ...generations);
  const log = createLog(options, generation, {
    isFirst: kept.length === 0 && !isRepaired,
    isAfterGap: isRepaired,
  });
  try {
    // It is there whatever happens, and what was removed is not.
    log.sync();
    disk.syncDirectory(directory);
    const last = used.at(-1);
    if (last !== undefined && !isRepaired) continueIn(last, end, generation, options.encryptionKey);
    for (const { file } of kept) file.sync();
    return {
      log,
      generation,
      names: kept.map(({ name }) => name),
      bytes: kept.reduce((bytes, { file }) => bytes + file.size(), 0),
      tornBytes,
      droppedBytes,
      isRepaired,
      isCutCopy,
    };
  } catch (error) {
    log.close();
    throw error;
  }
}

/** Bytes behind the end of the chain. */
function bytesBehind(logs: readonly SourceFile[], { index, at }: ChainEnd): number {
  const last = logs[index];
  let bytes = last === undefined ? 0 : last.size - at;
  for (const { size } of logs.slice(index + 1)) bytes += Math.max(0, size - FILE_HEADER_BYTES);
  return bytes;
}

/** Cuts them off, the last first. `keeps`: the logs stay under another name. */
function cut(
  disk: Disk,
  logs: readonly SourceFile[],
  { index, at }: ChainEnd,
  keeps: boolean,
): void {
  for (const { path, foreign } of logs.slice(index + 1).reverse()) {
    if (keeps || foreign !== undefined) setAside(disk, path);
    else disk.remove(path);
  }
  const last = logs[index];
  if (last === undefined || last.size === at) return;
  last.file.truncate(at);
  // Else what is written in its place next could have the rest of it behind it after a power cut.
  last.file.sync();
}

/**
 * Once the next log is there, the one before it names it: as a link, since a record with the same sequence may have been
 * written to it before, by a process that has ended, and was torn.
 */
function continueIn(
  { file, content }: SourceFile,
  { at, sequence }: ChainEnd,
  generation: number,
  encryptionKey: Uint8Array | undefined,
): void {
  assert(content !== undefined, 'a log that was read has a header');
  const frames = new FrameBuffer(linkFormat(formatOf(content.header, encryptionKey)));
  frames.append(sequence, RecordKind.CONTINUED, 0, generation, '', '');
  let position = at;
  while (frames.length > 0) {
    const written = file.write(frames.bytes, frames.start, frames.length, position);
    position += written;
    frames.drop(written);
  }
}
