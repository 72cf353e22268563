import { join } from 'node:path';
import type { Disk, DiskFile } from '../../disk.js';
import { closeFile } from './close-file.js';
import { FILE_HEADER_BYTES, type FileHeader, formatOf, readFileHeader } from './file-header.js';
import { FrameReader } from './frame-reader.js';
import type { ShardFile } from './shard-files.js';

/** A file of the journal that is read. */
export interface SourceFile {
  readonly name: string;
  readonly path: string;
  readonly generation: number;
  readonly file: DiskFile;
  readonly size: number;
  /** `undefined`: neither copy is readable, and so nothing is. */
  readonly content: Content | undefined;
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

/** Throws what the disk throws. */
export function openSource(
  disk: Disk,
  directory: string,
  shardFile: ShardFile,
  encryptionKey: Uint8Array | undefined,
): SourceFile {
  const path = join(directory, shardFile.name);
  const file = disk.open(path);
  try {
    const content = readContent(file, shardFile, encryptionKey);
    const { name, generation } = shardFile;
    const isCopy = content !== undefined && differ(content.header.identity, file.identity());
    return { name, path, generation, file, size: file.size(), content, isCopy };
  } catch (error) {
    closeFile(file);
    throw error;
  }
}

function readContent(
  file: DiskFile,
  { kind, generation }: ShardFile,
  encryptionKey: Uint8Array | undefined,
): Content | undefined {
  const bytes = Buffer.alloc(FILE_HEADER_BYTES);
  let length = 0;
  for (let read = -1; read !== 0 && length < bytes.length; length += read) {
    read = file.read(bytes, length, bytes.length - length, length);
  }
  const header = readFileHeader(bytes.subarray(0, length));
  const isRight = header?.kind === kind && header.generation === generation;
  if (!isRight) return undefined;
  return { header, reader: new FrameReader(file, formatOf(header, encryptionKey)) };
}

/** What is not known differs from nothing. */
function differ(one: bigint, other: bigint): boolean {
  return one !== 0n && other !== 0n && one !== other;
}
