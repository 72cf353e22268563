import type { Disk } from '../../disk.js';
import type { FsyncPolicy } from './log-writer.js';

/** What the journal of one shard is told. */
export interface JournalOptions {
  readonly disk: Disk;
  /** Where the files of all shards lie. */
  readonly directory: string;
  readonly shard: number;
  readonly fsync: FsyncPolicy;
  /** 32 bytes; `undefined`: nothing is encrypted. */
  readonly encryptionKey: Uint8Array | undefined;
  /** See `boot-id.ts`. */
  readonly bootId: Buffer;
  /** Goes on behind what is damaged. */
  readonly repair: boolean;
}
