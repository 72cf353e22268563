import { messageOf, SessionStorageError, type TransferredError } from '../../errors.js';
import { nodeDisk } from '../../node-disk.js';
import { readBootId } from './boot-id.js';
import { type MoveOptions, type MoveReport, reshard } from './reshard.js';

export type MoveResult = { readonly report: MoveReport } | { readonly error: TransferredError };

/** The task that a pool runs once, so that the server's thread goes on meanwhile. */
export default function moveShards(options: MoveOptions): MoveResult {
  try {
    return { report: reshard({ ...options, disk: nodeDisk, bootId: readBootId() }) };
  } catch (thrown) {
    const code = thrown instanceof SessionStorageError ? thrown.code : 'ERR_JOURNAL_UNAVAILABLE';
    return { error: { code, message: messageOf(thrown) } };
  }
}
