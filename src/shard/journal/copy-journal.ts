import { dirname, join } from 'node:path';
import type { DirectoryDisk } from '../../disk.js';
import { FileKind } from './file-header.js';
import type { JournalPlace } from './reshard.js';
import { filesOfShard, type ShardFile } from './shard-files.js';

/** A process whose files they are, and that runs after all, has a few seconds before it learns that it must stop. */
const TRIES_MAX = 100;

type Place = Pick<JournalPlace, 'directory' | 'shards'>;

export interface CopyOptions {
  readonly disk: DirectoryDisk;
  readonly from: Place;
  /** Of as many shards. */
  readonly to: Place;
}

/**
 * Gives the records of a journal files that no other process has open, so that none can write to them later: logs are
 * copied, and snapshots, to which nobody writes any more, get one more name. If the old files change meanwhile, a
 * copied log may lack its end, which the loader bears with. When it returns, the new files are safe from a
 * power cut. Throws what the disk throws.
 */
export function copyJournal(options: CopyOptions): void {
  const { disk, to } = options;
  for (let tries = 1; !tryToCopy(options, tries === TRIES_MAX); tries++);
  disk.syncDirectory(to.directory);
  disk.syncDirectory(dirname(to.directory));
}

/** False: names have changed meanwhile, so what was copied may not belong together. */
function tryToCopy(options: CopyOptions, isLast: boolean): boolean {
  const { disk, to } = options;
  disk.remove(to.directory);
  disk.makeDirectory(to.directory);
  const files = filesOf(options);
  try {
    for (const file of files) copyFile(options, file);
  } catch (error) {
    if (isLast || (error as { code?: unknown }).code !== 'ENOENT') throw error;
    return false;
  }
  return isLast || namesOf(files) === namesOf(filesOf(options));
}

function filesOf({ disk, from }: CopyOptions): ShardFile[] {
  const names = disk.list(from.directory);
  return Array.from({ length: from.shards }, (_, shard) => filesOfShard(shard, names)).flat();
}

function namesOf(files: readonly ShardFile[]): string {
  return files.map(({ name }) => name).join();
}

function copyFile({ disk, from, to }: CopyOptions, { name, kind }: ShardFile): void {
  const path = join(from.directory, name);
  const target = join(to.directory, name);
  if (kind === FileKind.SNAPSHOT) {
    disk.link(path, target);
    return;
  }
  disk.copy(path, target);
  const file = disk.open(target);
  try {
    file.sync();
  } finally {
    file.close();
  }
}
