import { join } from 'node:path';
import { createSalt, type FileHeader, FileKind } from './file-header.js';
import type { JournalOptions } from './journal-options.js';
import { LogFile } from './log-file.js';
import { nameOfFile, UNFINISHED } from './shard-files.js';

type NewFileOptions = Pick<
  JournalOptions,
  'disk' | 'directory' | 'shard' | 'fileSet' | 'bootId' | 'encryptionKey'
>;

export interface NewLog {
  readonly isFirst: boolean;
  readonly isAfterGap: boolean;
}

/** A new log, whose header is written and not yet safe. */
export function createLog(options: NewFileOptions, generation: number, log: NewLog): LogFile {
  return create(options, FileKind.LOG, generation, log, '');
}

/** A new snapshot, under the name of one that is not finished. `isRepaired`: see `FileHeader`. */
export function createSnapshot(
  options: NewFileOptions,
  generation: number,
  isRepaired = false,
): LogFile {
  const flags = { isFirst: false, isAfterGap: false, isRepaired };
  return create(options, FileKind.SNAPSHOT, generation, flags, UNFINISHED);
}

function create(
  { disk, directory, shard, fileSet, bootId, encryptionKey }: NewFileOptions,
  kind: FileKind,
  generation: number,
  flags: Pick<FileHeader, 'isFirst' | 'isAfterGap' | 'isRepaired'>,
  ending: string,
): LogFile {
  const path = join(directory, `${nameOfFile(shard, generation, kind)}${ending}`);
  const fileSetId = fileSet.id;
  const header = { kind, shard, generation, fileSetId, ...flags, bootId, salt: createSalt() };
  return new LogFile(disk, path, header, encryptionKey);
}
