import type { Disk } from '../../disk.js';
import { FileKind } from './file-header.js';

/** What is not complete has this at the end of its name, and is removed at the next start. */
export const UNFINISHED = '.tmp';
/** What a repair has taken out of use has this at the end of its name. */
const DAMAGED = '.damaged';

const NAME = /^shard-(\d+)\.(\d+)\.(log|snapshot)$/;

export interface ShardFile {
  readonly name: string;
  readonly kind: FileKind;
  readonly generation: number;
}

export function nameOfFile(shard: number, generation: number, kind: FileKind): string {
  return `shard-${shard}.${generation}.${kind === FileKind.LOG ? 'log' : 'snapshot'}`;
}

/** Takes a file, or a directory, out of use; it stays, for who can make something of it. */
export function setAside(disk: Disk, path: string): void {
  disk.rename(path, `${path}${DAMAGED}`);
}

/** Of the names in a directory, the files of one shard, by generation. */
export function filesOfShard(shard: number, names: readonly string[]): ShardFile[] {
  const files: ShardFile[] = [];
  for (const name of names) {
    const [, owner, generation, kind] = NAME.exec(name) ?? [];
    if (Number(owner) !== shard) continue;
    files.push({
      name,
      kind: kind === 'log' ? FileKind.LOG : FileKind.SNAPSHOT,
      generation: Number(generation),
    });
  }
  return files.sort((one, other) => one.generation - other.generation);
}

/** Of the names in a directory, the files of shards beyond the first `shards`. */
export function namesBeyond(shards: number, names: readonly string[]): string[] {
  return names.filter((name) => Number(NAME.exec(name)?.[1] ?? -1) >= shards);
}

/** Of the names in a directory, those of one shard that were never completed. */
export function unfinishedOfShard(shard: number, names: readonly string[]): string[] {
  return names.filter((name) => name.startsWith(`shard-${shard}.`) && name.endsWith(UNFINISHED));
}
