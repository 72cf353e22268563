import { runOnThisThread } from '../../disk-task.js';
import { messageOf, SessionStorageError, type TransferredError } from '../../errors.js';
import { NodeDisk } from '../../node-disk.js';
import { readBootId } from './boot-id.js';
import { copyJournal } from './copy-journal.js';
import { type MoveOptions, type MoveReport, NO_FAULTS, reshard } from './reshard.js';

export type MoveResult = { readonly report: MoveReport } | { readonly error: TransferredError };

function moveRecords(options: MoveOptions): MoveReport {
  const { from, to } = options;
  const disk = new NodeDisk({ runLater: runOnThisThread });
  if (from.shards !== to.shards) {
    return reshard({ ...options, disk, bootId: readBootId() });
  }
  copyJournal({ disk, from, to });
  return { sessions: 0, ...NO_FAULTS };
}

/** The task that a pool runs once, so that the server's thread goes on meanwhile. */
export default function moveShards(options: MoveOptions): MoveResult {
  try {
    return { report: moveRecords(options) };
  } catch (thrown) {
    const code = thrown instanceof SessionStorageError ? thrown.code : 'ERR_JOURNAL_UNAVAILABLE';
    return { error: { code, message: messageOf(thrown) } };
  }
}
