import { randomInt } from 'node:crypto';

const ID_END = 2 ** 32;
const HEX_DIGITS = 8;

/**
 * Files that were written one after the other for the same shards: all of an epoch, and, if they were only copied to it,
 * those of the epoch before. Each has the id in its header, so that a file of another journal, or of a time when there
 * were other shards, is not taken for one of them.
 */
export interface FileSet {
  /** From 1 to 2^32 - 1. */
  readonly id: number;
  /** Files without an id, which an older version of this package has written, belong to it too. */
  readonly hasOlderFiles: boolean;
}

export function createFileSetId(): number {
  return randomInt(1, ID_END);
}

/** Whether a file with this id in its header may be one of the set; 0: it has none. */
export function isOfSet({ id, hasOlderFiles }: FileSet, fileSetId: number): boolean {
  return fileSetId === id || (fileSetId === 0 && hasOlderFiles);
}

/** For people, and for files. */
export function fileSetIdText(id: number): string {
  return id.toString(16).padStart(HEX_DIGITS, '0');
}
