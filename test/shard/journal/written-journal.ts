import { Buffer } from 'node:buffer';
import {
  createSalt,
  type FileHeader,
  type FileKind,
} from '../../../src/shard/journal/file-header.js';
import type { FileSet } from '../../../src/shard/journal/file-set.js';
import { type LoadedJournal, loadJournal } from '../../../src/shard/journal/journal-loader.js';
import type { JournalRecord, RecordKind } from '../../../src/shard/journal/journal-record.js';
import { RecordKind as Kind } from '../../../src/shard/journal/journal-record.js';
import type { LogFile } from '../../../src/shard/journal/log-file.js';
import type { SimulatedDisk } from '../../twins/simulated-disk.js';

export const DIRECTORY = '/journal';
export const BOOT_ID = Buffer.alloc(16, 1);
export const OTHER_BOOT_ID = Buffer.alloc(16, 2);
export const FILE_SET: FileSet = { id: 0xabcd, hasOlderFiles: false };

export interface Loading {
  readonly bootId?: Buffer;
  readonly repair?: boolean;
  readonly encryptionKey?: Uint8Array | undefined;
  readonly fileSet?: FileSet;
  readonly generationMin?: number;
  /** Default: 0. */
  readonly shard?: number;
}

export interface Loaded extends LoadedJournal {
  readonly records: readonly JournalRecord[];
}

/** Loads a shard, and keeps what is applied. */
export function loadAll(disk: SimulatedDisk, loading: Loading = {}): Loaded {
  const { bootId = BOOT_ID, repair = false, encryptionKey } = loading;
  const { fileSet = FILE_SET, generationMin = 0, shard = 0 } = loading;
  const records: JournalRecord[] = [];
  const loaded = loadJournal({
    disk,
    directory: DIRECTORY,
    shard,
    fileSet,
    generationMin,
    bootId,
    repair,
    encryptionKey,
    apply: (record) => records.push(record),
  });
  return { ...loaded, records };
}

/** Of a file of shard 0. */
export function newHeader(
  kind: FileKind,
  generation: number,
  isAfterGap: boolean,
): Omit<FileHeader, 'identity'> {
  return {
    kind,
    shard: 0,
    generation,
    isFirst: false,
    isAfterGap,
    bootId: BOOT_ID,
    fileSetId: FILE_SET.id,
    salt: createSalt(),
  };
}

/** Record number `i`, which can be told from all others by each of its parts. */
export function numbered(i: number): JournalRecord {
  const id = i % 3 === 0 ? `сесія-${i}` : `session-${i}`;
  return { kind: Kind.SET, slot: i % 1024, argument: i, id, value: `value ${i} `.repeat(i % 7) };
}

export function append(log: LogFile, { kind, slot, argument, id, value }: JournalRecord): void {
  log.append(kind, slot, argument, id, value);
}

export function appendNumbered(log: LogFile, from: number, end: number): void {
  for (let i = from; i < end; i++) append(log, numbered(i));
  log.write();
}

/** What a log says of itself once it is synced. */
export function appendSynced(log: LogFile): void {
  log.append(Kind.SYNCED as RecordKind, 0, log.nextSequence - 1, '', '');
  log.write();
}

/** The numbers of records that are all as they were made, those about the journal itself left out. */
export function numbersOf(records: readonly JournalRecord[]): number[] {
  return records
    .filter(({ kind }) => kind === Kind.SET)
    .map((record) => {
      const i = record.argument;
      const expected = numbered(i);
      const isSame = JSON.stringify(record) === JSON.stringify(expected);
      if (!isSame)
        throw new Error(`expected ${JSON.stringify(expected)}, got ${JSON.stringify(record)}`);
      return i;
    });
}

export function range(from: number, end: number): number[] {
  return Array.from({ length: end - from }, (_, i) => from + i);
}
