import type { Disk, DiskFile } from '../../disk.js';
import { closeFile } from './close-file.js';
import { FILE_HEADER_BYTES, type FileHeader, formatOf, writeFileHeader } from './file-header.js';
import { FIRST_SEQUENCE } from './frame.js';
import { FrameBuffer } from './frame-buffer.js';
import type { RecordKind } from './journal-record.js';

/** A new file that records are appended to. */
export class LogFile {
  readonly path: string;
  readonly #disk: Disk;
  readonly #file: DiskFile;
  readonly #frames: FrameBuffer;
  #size = 0;
  #nextSequence = FIRST_SEQUENCE;

  /** Creates the file, with its header. Throws what the disk throws; there may be a file then. */
  constructor(
    disk: Disk,
    path: string,
    newHeader: Omit<FileHeader, 'identity'>,
    encryptionKey: Uint8Array | undefined,
  ) {
    this.path = path;
    this.#disk = disk;
    this.#frames = new FrameBuffer(formatOf(newHeader, encryptionKey));
    this.#file = disk.create(path);
    try {
      const header = { ...newHeader, identity: this.#file.identity() };
      this.#writeAll(writeFileHeader(header), 0, FILE_HEADER_BYTES);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Whether a file has its name; a removed one takes all that is written, and keeps nothing. */
  get isInPlace(): boolean {
    return this.#disk.exists(this.path);
  }

  /** Bytes written, and to be written. */
  get size(): number {
    return this.#size + this.#frames.length;
  }

  get pendingBytes(): number {
    return this.#frames.length;
  }

  /** Of the record that is appended next. */
  get nextSequence(): number {
    return this.#nextSequence;
  }

  append(kind: RecordKind, slot: number, argument: number, id: string, value: string): void {
    this.#frames.append(this.#nextSequence++, kind, slot, argument, id, value);
  }

  /** Writes all that was appended. Throws what the disk throws; what is left may be written later. */
  write(): void {
    const frames = this.#frames;
    while (frames.length > 0) {
      const { bytes, start, length } = frames;
      const written = this.#writeSome(bytes, start, length);
      frames.drop(written);
    }
  }

  /** Gives back what memory was taken for what was appended, and is written. */
  release(): void {
    this.#frames.release();
  }

  syncLater(done: (error: Error | undefined) => void): void {
    this.#file.syncLater(done);
  }

  sync(): void {
    this.#file.sync();
  }

  /** No sync may be under way. */
  close(): void {
    closeFile(this.#file);
  }

  #writeAll(bytes: Uint8Array, offset: number, length: number): void {
    let written = 0;
    while (written < length) written += this.#writeSome(bytes, offset + written, length - written);
  }

  #writeSome(bytes: Uint8Array, offset: number, length: number): number {
    const written = this.#file.write(bytes, offset, length, this.#size);
    if (written === 0)
      throw new Error(`expected the disk to take some of ${length} bytes, got none`);
    this.#size += written;
    return written;
  }
}
