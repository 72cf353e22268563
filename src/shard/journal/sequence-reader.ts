import { FILE_HEADER_BYTES } from './file-header.js';
import { FIRST_SEQUENCE } from './frame.js';
import type { FrameReader } from './frame-reader.js';
import type { JournalRecord } from './journal-record.js';

export interface SequenceListener {
  onRecord(record: JournalRecord): void;
  /**
   * At this place the record with this sequence is expected, and is not there. True: go on with the next that
   * is found, whose sequence is that or a later one. False: end.
   */
  onMissing(at: number, sequence: number): boolean;
}

/** How the records of a file were read. */
export interface SequenceEnd {
  /** Where the last record that was read ends. */
  readonly at: number;
  /** Of the record that would follow it. */
  readonly sequence: number;
  readonly droppedBytes: number;
}

/** Reads the records of a file, each of which follows the one before. */
export function readSequence(reader: FrameReader, listener: SequenceListener): SequenceEnd {
  let at = FILE_HEADER_BYTES;
  let sequence = FIRST_SEQUENCE;
  let droppedBytes = 0;
  while (at < reader.size) {
    let frame = reader.frameAt(at);
    if (frame?.sequence !== sequence) {
      if (!listener.onMissing(at, sequence)) break;
      frame = reader.findFrame(at, sequence);
      droppedBytes += (frame?.start ?? reader.size) - at;
      if (frame === undefined) break;
    }
    listener.onRecord(frame.record);
    at = frame.end;
    sequence = frame.sequence + 1;
  }
  return { at, sequence, droppedBytes };
}
