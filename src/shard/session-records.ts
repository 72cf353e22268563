import type { EntryRows } from './entry-rows.js';
import { type IdKey, wordsOfKind } from './id-key.js';
import * as record from './record.js';
import type { RecordLog } from './record-log.js';
import { bytesOfSession } from './session-bytes.js';

const { NOTHING } = record;

/** The parts of a segment that a value may have in the record of its session, and in one of its pieces. */
const WHOLE_PART = 1 / 256;
const PIECE_PART = 1 / 32;
/** A piece is made this short, and no shorter, to fill the end of a segment. */
const PIECE_BYTES_MIN = 1_024;
const PIECE_HEADER_BYTES = 32;

/** A record that grows gets an eighth of its value to grow further, so that each byte is moved 8 times. */
const ROOM_TO_GROW = 1 / 8;

/** A record whose value becomes shorter is used on if it leaves so much of it empty. */
const ROOM_TO_LEAVE = 1 / 8;
const UNITS_TO_LEAVE = 2;

/**
 * Sessions as records: id and value in one. What does not fit into one record, and what is added to a
 * large value, lies in pieces: records with entries of their own, each of which leads to the next.
 *
 * Where memory runs out, methods throw a `RangeError` and leave all as it was.
 */
export class SessionRecords {
  readonly #rows: EntryRows;
  readonly #log: RecordLog;
  readonly #wholeBytesMax: number;
  readonly #pieceBytesMax: number;

  constructor(rows: EntryRows, log: RecordLog) {
    this.#rows = rows;
    this.#log = log;
    this.#wholeBytesMax = Math.floor(log.segmentBytes * WHOLE_PART);
    this.#pieceBytesMax = Math.floor(log.segmentBytes * PIECE_PART);
  }

  isOf(entry: number, key: IdKey): boolean {
    const at = this.#log.seek(entry);
    return record.isRecordOf(this.#log.words, at, key);
  }

  idOf(entry: number): string {
    const at = this.#log.seek(entry);
    return record.idOf(this.#log.words, at);
  }

  originOf(entry: number): record.Origin {
    const at = this.#log.seek(entry);
    return record.originOf(this.#log.words, at);
  }

  /** What the session counts for. */
  bytesOf(entry: number): number {
    const at = this.#log.seek(entry);
    const { words } = this.#log;
    const idWords = record.idWordsOf(words, at);
    const inPieces = record.nextOf(words, at) !== NOTHING;
    return bytesOfSession(
      idWords,
      inPieces ? this.valueBytesOf(entry) : record.valueBytesOf(words, at),
    );
  }

  /** What it would count for with a value of so many bytes. */
  bytesWith(entry: number, valueBytes: number): number {
    const at = this.#log.seek(entry);
    return bytesOfSession(record.idWordsOf(this.#log.words, at), valueBytes);
  }

  valueBytesOf(entry: number): number {
    let bytes = 0;
    for (let piece = entry; piece !== NOTHING; ) {
      const at = this.#log.seek(piece);
      bytes += record.valueBytesOf(this.#log.words, at);
      piece = record.nextOf(this.#log.words, at);
    }
    return bytes;
  }

  valueOf(entry: number): string {
    const at = this.#log.seek(entry);
    const whole = this.#pieceAt(at);
    const next = record.nextOf(this.#log.words, at);
    return next === NOTHING ? whole : whole + this.#piecesFrom(next);
  }

  startsWith(entry: number, valueHead: string): boolean {
    const at = this.#log.seek(entry);
    const { words, bytes } = this.#log;
    if (valueHead.length > record.valueBytesOf(words, at)) {
      return this.valueOf(entry).startsWith(valueHead);
    }
    const start = record.valueStart(words, at);
    return bytes.latin1Slice(start, start + valueHead.length) === valueHead;
  }

  isEnded(entry: number): boolean {
    const at = this.#log.seek(entry);
    return record.isEnded(this.#log.words, at);
  }

  end(entry: number): void {
    const at = this.#log.seek(entry);
    record.setEnded(this.#log.words, at, true);
  }

  /** The entry of a new session. */
  add(slot: number, key: IdKey, value: string): number {
    const wholeBytes = Math.min(value.length, this.#wholeBytesMax);
    const rest = this.#addPieces(value, wholeBytes);
    const entry = this.#addRecord(record.unitsFor(wordsOfKind(key.kind), wholeBytes), rest);
    const at = this.#log.seek(entry);
    record.setOrigin(this.#log.words, at, slot, key);
    record.setNext(this.#log.words, at, rest);
    this.#writeAt(at, value, 0, wholeBytes);
    return entry;
  }

  replace(entry: number, value: string): void {
    const wholeBytes = Math.min(value.length, this.#wholeBytesMax);
    const rest = this.#addPieces(value, wholeBytes);
    let at = this.#log.seek(entry);
    const restBefore = record.nextOf(this.#log.words, at);
    const units = record.unitsFor(record.idWordsOf(this.#log.words, at), wholeBytes);
    if (!isRoomFor(units, record.unitsOf(this.#log.words, at))) {
      this.#reserve(units, rest);
      // The value is not to be copied.
      record.setValueBytes(this.#log.words, at, 0);
      this.#log.move(entry, units);
      at = this.#log.seek(entry);
    }
    record.setNext(this.#log.words, at, rest);
    record.setEnded(this.#log.words, at, false);
    this.#writeAt(at, value, 0, wholeBytes);
    this.#dropPieces(restBefore);
  }

  append(entry: number, addition: string): void {
    const last = this.#lastOf(entry);
    const at = this.#log.seek(last);
    const { words } = this.#log;
    const idWords = record.idWordsOf(words, at);
    const before = record.valueBytesOf(words, at);
    const after = before + addition.length;
    const bytesMax = last === entry ? this.#wholeBytesMax : this.#pieceBytesMax;
    if (after > bytesMax) {
      this.#link(last, this.#addPieces(addition, 0));
      return;
    }
    if (record.unitsFor(idWords, after) > record.unitsOf(words, at)) {
      const bytes = Math.min(bytesMax, after + Math.floor(after * ROOM_TO_GROW));
      this.#log.move(last, record.unitsFor(idWords, bytes));
    }
    this.#writeAt(this.#log.seek(last), addition, before, addition.length);
  }

  drop(entry: number): void {
    const rest = this.#nextOf(entry);
    this.#dropRecord(entry);
    this.#dropPieces(rest);
  }

  #nextOf(entry: number): number {
    const at = this.#log.seek(entry);
    return record.nextOf(this.#log.words, at);
  }

  #lastOf(entry: number): number {
    let last = entry;
    for (;;) {
      const next = this.#nextOf(last);
      if (next === NOTHING) return last;
      last = next;
    }
  }

  /** The value, or piece, of the record that was looked up last. */
  #pieceAt(at: number): string {
    const { words, bytes } = this.#log;
    const start = record.valueStart(words, at);
    return bytes.latin1Slice(start, start + record.valueBytesOf(words, at));
  }

  #piecesFrom(first: number): string {
    let text = '';
    for (let piece = first; piece !== NOTHING; ) {
      const at = this.#log.seek(piece);
      text += this.#pieceAt(at);
      piece = record.nextOf(this.#log.words, at);
    }
    return text;
  }

  /** Writes `text` behind the first bytes of the value in the record that was looked up last. */
  #writeAt(at: number, text: string, behindBytes: number, length: number): void {
    const { words, bytes } = this.#log;
    bytes.latin1Write(text, record.valueStart(words, at) + behindBytes, length);
    record.setValueBytes(words, at, behindBytes + length);
  }

  /** Puts what follows the first `from` bytes of a value into pieces; gives the first of them. */
  #addPieces(value: string, from: number): number {
    let first: number = NOTHING;
    let last: number = NOTHING;
    for (let start = from; start < value.length; ) {
      const bytes = this.#pieceBytes(value.length - start);
      const piece = this.#addRecord(record.unitsFor(0, bytes), first);
      this.#writeAt(this.#log.seek(piece), value.slice(start, start + bytes), 0, bytes);
      if (first === NOTHING) first = piece;
      else this.#link(last, piece);
      last = piece;
      start += bytes;
    }
    return first;
  }

  #link(piece: number, next: number): void {
    const at = this.#log.seek(piece);
    record.setNext(this.#log.words, at, next);
  }

  /** Of so many bytes that are left, those of the next piece. */
  #pieceBytes(leftBytes: number): number {
    const bytes = Math.min(leftBytes, this.#pieceBytesMax);
    const roomBytes = this.#log.openBytes - PIECE_HEADER_BYTES;
    return roomBytes >= PIECE_BYTES_MIN && roomBytes < bytes ? roomBytes : bytes;
  }

  /** An entry that has a record. `rest`: the pieces to be given up if there is no memory. */
  #addRecord(units: number, rest: number): number {
    this.#reserve(units, rest);
    const entry = this.#rows.take();
    this.#log.place(entry, units);
    return entry;
  }

  /** Sees to the memory for one more record. */
  #reserve(units: number, rest: number): void {
    try {
      this.#log.reserve(units);
      this.#rows.reserve();
    } catch (error) {
      this.#dropPieces(rest);
      throw error;
    }
  }

  #dropPieces(first: number): void {
    for (let piece = first; piece !== NOTHING; ) {
      const next = this.#nextOf(piece);
      this.#dropRecord(piece);
      piece = next;
    }
  }

  #dropRecord(entry: number): void {
    this.#log.drop(entry);
    this.#rows.give(entry);
  }
}

/** Whether a record of `room` units is neither smaller than is needed nor much larger. */
function isRoomFor(units: number, room: number): boolean {
  return units <= room && room <= units + UNITS_TO_LEAVE + units * ROOM_TO_LEAVE;
}
