import type { DiskFile } from '../../disk.js';
import {
  FRAME_BYTES_MIN,
  FRAME_HEADER_BYTES,
  type FrameFormat,
  isLinkAt,
  isWhole,
  lengthAt,
  openBody,
  sequenceAt,
} from './frame.js';
import { type JournalRecord, readBody } from './journal-record.js';

const WINDOW_BYTES = 2 ** 20;

/** A frame that checks out. */
export interface FoundFrame {
  readonly sequence: number;
  readonly record: JournalRecord;
  /** Where in the file it begins, and where the next one does. */
  readonly start: number;
  readonly end: number;
}

/** Reads the frames of a file from front to back, and finds those behind what is damaged. */
export class FrameReader {
  readonly size: number;
  readonly #file: DiskFile;
  readonly #format: FrameFormat;
  // A part of the file, from `windowStart` on.
  #window: Buffer;
  #windowStart = 0;
  #windowLength = 0;

  constructor(file: DiskFile, format: FrameFormat) {
    this.#file = file;
    this.#format = format;
    this.size = file.size();
    this.#window = Buffer.allocUnsafeSlow(Math.min(this.size, WINDOW_BYTES));
  }

  /** The frame that begins at `start`; `undefined` if there is none that is whole and can be read. */
  frameAt(start: number): FoundFrame | undefined {
    const length = this.#wholeLengthAt(start);
    if (length === 0) return undefined;
    const at = start - this.#windowStart;
    const sequence = sequenceAt(this.#window, at);
    const record = this.#read(at, at + length);
    return record && { sequence, record, start, end: start + length };
  }

  /** Whether the file ends at `start`, or within a frame of this sequence that begins there. */
  endsWithin(start: number, sequence: number): boolean {
    if (!this.#load(start, FRAME_HEADER_BYTES)) return true;
    const at = start - this.#windowStart;
    const isLonger = lengthAt(this.#window, at) > this.size - start;
    return isLonger && sequenceAt(this.#window, at) === sequence;
  }

  /** Whether a whole frame begins at `start`, be it one that cannot be read. */
  isWholeAt(start: number): boolean {
    return this.#wholeLengthAt(start) > 0;
  }

  /**
   * The first frame that begins at `from` or behind, of a sequence from `sequence` to what can still be in
   * this file. Looks at each byte.
   */
  findFrame(from: number, sequence: number): FoundFrame | undefined {
    for (let start = from; this.#load(start, FRAME_BYTES_MIN); start++) {
      const at = start - this.#windowStart;
      if (lengthAt(this.#window, at) === 0) continue;
      const ahead = sequenceAt(this.#window, at) - sequence;
      if (ahead < 0 || ahead > this.size / FRAME_BYTES_MIN) continue;
      const frame = this.frameAt(start);
      if (frame !== undefined) return frame;
    }
    return undefined;
  }

  /** 0 if no whole frame begins there; else it is in the window. */
  #wholeLengthAt(start: number): number {
    if (!this.#load(start, FRAME_BYTES_MIN)) return 0;
    const length = lengthAt(this.#window, start - this.#windowStart);
    if (length === 0 || !this.#load(start, length)) return 0;
    const at = start - this.#windowStart;
    return isWhole(this.#window, at, at + length, this.#format) ? length : 0;
  }

  #read(at: number, end: number): JournalRecord | undefined {
    if (this.#format.seal === undefined && !isLinkAt(this.#window, at))
      return readBody(this.#window, at + FRAME_HEADER_BYTES, end);
    // Opened apart, as the window may be read again.
    const bytes = Buffer.from(this.#window.subarray(at, end));
    const bodyEnd = openBody(bytes, 0, bytes.length, this.#format);
    return bodyEnd === undefined ? undefined : readBody(bytes, FRAME_HEADER_BYTES, bodyEnd);
  }

  /** Sees to it that so many bytes from `start` on are in the window. False if the file has not as many. */
  #load(start: number, length: number): boolean {
    const end = start + length;
    if (end > this.size) return false;
    const windowEnd = this.#windowStart + this.#windowLength;
    if (start >= this.#windowStart && end <= windowEnd) return true;
    if (length > this.#window.length) this.#window = Buffer.allocUnsafeSlow(length);
    this.#windowStart = start;
    this.#windowLength = 0;
    while (this.#windowLength < this.#window.length) {
      const room = this.#window.length - this.#windowLength;
      const position = start + this.#windowLength;
      const read = this.#file.read(this.#window, this.#windowLength, room, position);
      if (read === 0) break;
      this.#windowLength += read;
    }
    return this.#windowLength >= length;
  }
}
