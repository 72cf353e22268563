import { join } from 'node:path';
import type { DiskFile } from '../../disk.js';
import { closeFile } from './close-file.js';
import { FILE_HEADER_BYTES, type FileHeader, formatOf, readFileHeader } from './file-header.js';
import { fileSetIdText, isOfSet } from './file-set.js';
import { FrameReader } from './frame-reader.js';
import type { JournalOptions } from './journal-options.js';
import { nameOfFile, type ShardFile } from './shard-files.js';

/** A file of the journal that is read. */
export interface SourceFile {
  readonly name: string;
  readonly path: string;
  readonly generation: number;
  readonly file: DiskFile;
  readonly size: number;
  /** `undefined`: neither copy of the header is readable, or it is that of another file, and so nothing is. */
  readonly content: Content | undefined;
  /** For people: it has the header of another file than the one that belongs in its place. */
  readonly foreign: string | undefined;
  /**
   * It was copied from the file that was written. Made while that was written, a copy may lack its end, and other
   * copies beside it may be of other moments.
   */
  readonly isCopy: boolean;
}

export interface Content {
  readonly header: FileHeader;
  readonly reader: FrameReader;
}

export interface SourceOptions
  extends Pick<JournalOptions, 'disk' | 'directory' | 'shard' | 'fileSet' | 'encryptionKey'> {}

/** Throws what the disk throws. */
export function openSource(options: SourceOptions, shardFile: ShardFile): SourceFile {
  const { disk, directory, encryptionKey } = options;
  const path = join(directory, shardFile.name);
  const file = disk.open(path);
  try {
    const header = readHeader(file);
    const foreign = header && foreignText(options, shardFile, header);
    const content = foreign === undefined ? contentOf(file, header, encryptionKey) : undefined;
    const { name, generation } = shardFile;
    const isCopy = content !== undefined && differ(content.header.identity, file.identity());
    return { name, path, generation, file, size: file.size(), content, foreign, isCopy };
  } catch (error) {
    closeFile(file);
    throw error;
  }
}

function readHeader(file: DiskFile): FileHeader | undefined {
  const bytes = Buffer.alloc(FILE_HEADER_BYTES);
  let length = 0;
  for (let read = -1; read !== 0 && length < bytes.length; length += read) {
    read = file.read(bytes, length, bytes.length - length, length);
  }
  return readFileHeader(bytes.subarray(0, length));
}

function contentOf(
  file: DiskFile,
  header: FileHeader | undefined,
  encryptionKey: Uint8Array | undefined,
): Content | undefined {
  return header && { header, reader: new FrameReader(file, formatOf(header, encryptionKey)) };
}

/** `undefined` if the header is that of the file that belongs there. */
function foreignText(
  { shard, fileSet }: SourceOptions,
  { kind, generation }: ShardFile,
  header: FileHeader,
): string | undefined {
  const isInPlace =
    header.shard === shard && header.kind === kind && header.generation === generation;
  if (isInPlace && isOfSet(fileSet, header.fileSetId)) return undefined;
  const expected = `${nameOfFile(shard, generation, kind)} of file set ${fileSetIdText(fileSet.id)}`;
  const got = `${nameOfFile(header.shard, header.generation, header.kind)} of ${fileSetIdText(header.fileSetId)}`;
  return `expected ${expected}, got ${got}`;
}

/** What is not known differs from nothing. */
function differ(one: bigint, other: bigint): boolean {
  return one !== 0n && other !== 0n && one !== other;
}
