import { damaged } from './damaged.js';
import { type JournalRecord, RecordKind } from './journal-record.js';
import { readSequence } from './sequence-reader.js';
import type { SourceFile } from './source-file.js';

/** What a repair has done. */
export interface SnapshotEnd {
  readonly isRepaired: boolean;
  readonly droppedBytes: number;
}

/**
 * Applies a snapshot. A snapshot comes into use only when all of it
 * is safe, so whatever does not check out is damage.
 */
export function readSnapshot(
  source: SourceFile,
  repair: boolean,
  apply: (record: JournalRecord) => void,
): SnapshotEnd {
  const { size, content } = source;
  let isRepaired = false;
  const onMissing = (at: number): boolean => {
    if (!repair) throw damaged(source, at);
    isRepaired = true;
    return true;
  };
  if (content === undefined) {
    onMissing(0);
    return { isRepaired, droppedBytes: size };
  }
  let ended = false;
  const { at, droppedBytes } = readSequence(content.reader, {
    onRecord: (record) => {
      if (record.kind === RecordKind.SNAPSHOT_END) ended = true;
      else apply(record);
    },
    onMissing,
  });
  if (!ended) onMissing(at);
  return { isRepaired, droppedBytes };
}
