import { slotsOfShard } from '../../slots.js';
import { SessionTable } from '../session-table.js';
import type { FileSet } from './file-set.js';
import { type JournalFaults, readJournal } from './journal-loader.js';
import type { JournalOptions } from './journal-options.js';
import { NewJournal } from './new-journal.js';
import { deadlineOf, isActive, Replay } from './replay.js';
import type { SnapshotSource } from './snapshot-writer.js';

/** Where the journal of so many shards lies. */
export interface JournalPlace {
  readonly directory: string;
  readonly shards: number;
  readonly fileSet: FileSet;
}

/** Where it is read from. */
export interface JournalSource extends JournalPlace {
  /** See `JournalOptions.generationMin`, for each shard. */
  readonly generations: readonly number[];
}

export interface MoveOptions extends Pick<JournalOptions, 'encryptionKey' | 'repair'> {
  readonly from: JournalSource;
  /** Nothing is in its directory. */
  readonly to: JournalPlace;
}

export interface ReshardOptions extends MoveOptions, Pick<JournalOptions, 'disk' | 'bootId'> {}

/** What was moved, and what was found wrong in the files that it was in. */
export interface MoveReport extends JournalFaults {
  /** Those that have expired included: they are given up when they are loaded. */
  readonly sessions: number;
}

export const NO_FAULTS: JournalFaults = {
  tornBytes: 0,
  droppedBytes: 0,
  isRepaired: false,
  isCutCopy: false,
};

/**
 * Writes the sessions of a journal into a new one, for another number of shards. Active ones stay active. The
 * old files are only read, so that they stay as they are whatever happens; when it returns, the new ones
 * are safe from a power cut. Has the sessions of one old shard in memory at a time. Throws
 * `ERR_JOURNAL_CORRUPT`, `ERR_STORE_FULL`, and what the disk throws.
 */
export function reshard(options: ReshardOptions): MoveReport {
  const { from, to } = options;
  const journal = new NewJournal({ ...options, ...to });
  try {
    journal.create();
    let report: MoveReport = { sessions: 0, ...NO_FAULTS };
    for (let shard = 0; shard < from.shards; shard++) {
      report = sumOf(report, moveShard(options, shard, journal));
    }
    journal.publish();
    return report;
  } finally {
    journal.close();
  }
}

function moveShard(options: ReshardOptions, shard: number, journal: NewJournal): MoveReport {
  const { directory, shards, fileSet, generations } = options.from;
  const slots = slotsOfShard(shard, shards);
  const table = new SessionTable({ slots });
  const replay = new Replay({ table, shards });
  const apply = replay.apply.bind(replay);
  const generationMin = generations[shard] ?? 0;
  const faults = readJournal({ ...options, directory, shard, fileSet, generationMin, apply });
  const source = sourceOf(table, shard, shards);
  for (let slot = 0; slot < slots; slot++) journal.writeSlot(source, slot * shards + shard);
  const sessions = table.size;
  // Frees the memory at once.
  table.clear();
  return { ...faults, sessions };
}

function sourceOf(table: SessionTable, shard: number, shards: number): SnapshotSource {
  const { deadlines } = table.rows;
  const memory = {
    table,
    isActive: (entry: number) => isActive(deadlines.get(entry)),
    deadlineOf: (entry: number) => deadlineOf(deadlines.get(entry)),
  };
  return { memory, shard, shards };
}

function sumOf(one: MoveReport, other: MoveReport): MoveReport {
  return {
    sessions: one.sessions + other.sessions,
    tornBytes: one.tornBytes + other.tornBytes,
    droppedBytes: one.droppedBytes + other.droppedBytes,
    isRepaired: one.isRepaired || other.isRepaired,
    isCutCopy: one.isCutCopy || other.isCutCopy,
  };
}
