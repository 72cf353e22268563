import { join } from 'node:path';
import { createSalt, FileKind } from './file-header.js';
import type { JournalOptions } from './journal-options.js';
import { LogFile } from './log-file.js';
import { nameOfFile, UNFINISHED } from './shard-files.js';

type NewFileOptions = Pick<
  JournalOptions,
  'disk' | 'directory' | 'shard' | 'bootId' | 'encryptionKey'
>;

export interface NewLog {
  readonly isFirst: boolean;
  readonly isAfterGap: boolean;
}

/** A new log, whose header is written and not yet safe. */
export function createLog(options: NewFileOptions, generation: number, log: NewLog): LogFile {
  return create(options, FileKind.LOG, generation, log, '');
}

/** A new snapshot, under the name of one that is not finished. */
export function createSnapshot(options: NewFileOptions, generation: number): LogFile {
  const neither = { isFirst: false, isAfterGap: false };
  return create(options, FileKind.SNAPSHOT, generation, neither, UNFINISHED);
}

function create(
  { disk, directory, shard, bootId, encryptionKey }: NewFileOptions,
  kind: FileKind,
  generation: number,
  log: NewLog,
  ending: string,
): LogFile {
  const path = join(directory, `${nameOfFile(shard, generation, kind)}${ending}`);
  const header = { kind, shard, generation, ...log, bootId, salt: createSalt() };
  return new LogFile(disk, path, header, encryptionKey);
}
