import { completeFrame, FRAME_HEADER_BYTES, type FrameFormat } from './frame.js';
import { bodyBytesMax, type RecordKind, writeBody } from './journal-record.js';

const BYTES_AT_FIRST = 2 ** 16;
/** A buffer that one large batch has made this large is given back when it is empty. */
const BYTES_KEPT = 2 ** 22;
const NO_BYTES = Buffer.alloc(0);

/** Frames that are to be written to one file, one behind the other. */
export class FrameBuffer {
  readonly #format: FrameFormat;
  #bytes = Buffer.allocUnsafeSlow(BYTES_AT_FIRST);
  #start = 0;
  #end = 0;

  constructor(format: FrameFormat) {
    this.#format = format;
  }

  /** Where what is still to be written is, in {@link bytes}. */
  get start(): number {
    return this.#start;
  }

  get length(): number {
    return this.#end - this.#start;
  }

  get bytes(): Buffer {
    return this.#bytes;
  }

  append(
    sequence: number,
    kind: RecordKind,
    slot: number,
    argument: number,
    id: string,
    value: string,
  ): void {
    const sealBytes = this.#format.seal?.overheadBytes ?? 0;
    this.#reserve(FRAME_HEADER_BYTES + bodyBytesMax(id, value) + sealBytes);
    const start = this.#end;
    const bodyStart = start + FRAME_HEADER_BYTES;
    const bodyEnd = writeBody(this.#bytes, bodyStart, kind, slot, argument, id, value);
    this.#end = completeFrame(this.#bytes, start, bodyEnd, sequence, this.#format);
  }

  /** So many of the first bytes have been written. */
  drop(bytes: number): void {
    this.#start += bytes;
    if (this.length > 0) return;
    this.#start = 0;
    this.#end = 0;
    if (this.#bytes.length > BYTES_KEPT) this.#bytes = Buffer.allocUnsafeSlow(BYTES_AT_FIRST);
  }

  clear(): void {
    this.drop(this.length);
  }

  /** Gives back the memory of an empty one, until something is appended. */
  release(): void {
    if (this.length === 0) this.#bytes = NO_BYTES;
  }

  #reserve(bytes: number): void {
    if (this.#end + bytes <= this.#bytes.length) return;
    const size = Math.max(2 * this.length, this.length + bytes, BYTES_AT_FIRST);
    const larger = Buffer.allocUnsafeSlow(size);
    this.#bytes.copy(larger, 0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
    this.#bytes = larger;
  }
}
