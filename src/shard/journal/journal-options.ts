import type { Disk } from '../../disk.js';
import type { FileSet } from './file-set.js';
import type { FsyncPolicy } from './log-writer.js';

/** What the journal of one shard is told. */
export interface JournalOptions {
  readonly disk: Disk;
  /** Where the files of all shards lie. */
  readonly directory: string;
  readonly shard: number;
  /** Of the shards' files. */
  readonly fileSet: FileSet;
  /** The shard's files are known to have reached this generation; 0: there may be none yet. */
  readonly generationMin: number;
  readonly fsync: FsyncPolicy;
  /** 32 bytes; `undefined`: nothing is encrypted. */
  readonly encryptionKey: Uint8Array | undefined;
  /** See `boot-id.ts`. */
  readonly bootId: Buffer;
  /** Goes on behind what is damaged. */
  readonly repair: boolean;
}
