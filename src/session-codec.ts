import { explainRefusal, reasonOf } from './codec/refusal.js';
import {
  addLateMessages,
  type LateMessages,
  partsOfSession,
  sessionOfValues,
  valuesOfSession,
} from './codec/session-values.js';
import { decodeValues, encodeValues } from './codec/value-codec.js';
import { describe, SessionStorageError } from './errors.js';
import { isJstpSession, type JstpSession, type JstpSessionClass } from './jstp-session.js';

export type { LateMessages } from './codec/session-values.js';

/**
 * Session <-> bytes. The bytes are held in strings of one-byte characters, which cross a port and
 * lie in a Map at less cost than any buffer. A stored session is
 *
 *   head:   format version (1 byte), stamp (8 bytes, unique to each `encode`)
 *   frames: length (4 bytes), encoded values; first the session, then its late messages in order
 *
 * so that late messages are added by appending, without reading what is there.
 */
const FORMAT_VERSION = 1;
const STAMP_BYTES = 8;
export const HEAD_BYTES = 1 + STAMP_BYTES;
const FRAME_LENGTH_BYTES = 4;

// Most sessions fit; larger ones get memory of their own.
const SCRATCH_BYTES = 65_536;

export class SessionCodec {
  readonly #Session: JstpSessionClass;
  readonly #sessionBytesMax: number;
  readonly #scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  #stampMs = 0;
  #stampCount = 0;

  constructor(Session: JstpSessionClass, sessionBytesMax: number) {
    this.#Session = Session;
    this.#sessionBytesMax = sessionBytesMax;
  }

  /**
   * Throws `ERR_SESSION_NOT_SERIALIZABLE`, naming the id and the key, for what `structuredClone`
   * refuses, and `ERR_SESSION_TOO_LARGE`.
   */
  encode(id: string, session: JstpSession, nowMs: number): string {
    const bytes = encodeSession(id, session);
    this.#finishFrame(id, bytes, HEAD_BYTES);
    bytes[0] = FORMAT_VERSION;
    this.#writeStamp(bytes, nowMs);
    return bytes.toString('latin1');
  }

  /** The frame to append to a stored session. Throws what `encode` throws. */
  encodeLateMessages(id: string, messages: LateMessages): string {
    const bytes = encodeLateMessages(id, messages);
    this.#finishFrame(id, bytes, 0);
    return bytes.toString('latin1');
  }

  /** Throws `ERR_SESSION_UNREADABLE` for bytes that `encode` of this version did not write. */
  decode(id: string, stored: string, lateMessages: readonly LateMessages[] = []): JstpSession {
    try {
      return this.#decode(id, stored, lateMessages);
    } catch (error) {
      throw new SessionStorageError(
        'ERR_SESSION_UNREADABLE',
        `session ${describe(id)}: ${reasonOf(error)}`,
        { cause: error },
      );
    }
  }

  tooLarge(id: string, bytes: number): SessionStorageError {
    return new SessionStorageError(
      'ERR_SESSION_TOO_LARGE',
      `session ${describe(id)}: expected at most maxSessionBytes = ${this.#sessionBytesMax}, got ${bytes} bytes`,
    );
  }

  #finishFrame(id: string, bytes: Buffer, start: number): void {
    if (bytes.length > this.#sessionBytesMax) throw this.tooLarge(id, bytes.length);
    bytes.writeUInt32BE(bytes.length - start - FRAME_LENGTH_BYTES, start);
  }

  /** Unique, and in the order of the calls for as long as the clock does not go back. */
  #writeStamp(bytes: Buffer, nowMs: number): void {
    if (nowMs > this.#stampMs) {
      this.#stampMs = nowMs;
      this.#stampCount = 0;
    } else if (++this.#stampCount > 0xffff) {
      this.#stampMs++;
      this.#stampCount = 0;
    }
    bytes.writeUIntBE(this.#stampMs, 1, 6);
    bytes.writeUInt16BE(this.#stampCount, 7);
  }

  #decode(id: string, stored: string, lateMessages: readonly LateMessages[]): JstpSession {
    // All of it first: the Session class may do anything, and the scratch is needed until then.
    const [values, ...storedLate] = this.#decodeFrames(stored);
    const session = sessionOfValues(this.#Session, id, values);
    for (const late of storedLate) addLateMessages(session, late);
    for (const late of lateMessages) addLateMessages(session, late);
    return session;
  }

  #decodeFrames(stored: string): [session: unknown[], ...lateMessages: unknown[][]] {
    const { length } = stored;
    const bytes = length <= SCRATCH_BYTES ? this.#scratch : Buffer.allocUnsafeSlow(length);
    bytes.write(stored, 0, 'latin1');
    const version = length > 0 ? bytes[0] : undefined;
    if (version !== FORMAT_VERSION) {
      throw new RangeError(`expected format version ${FORMAT_VERSION}, got ${version}`);
    }
    const frames: [unknown[], ...unknown[][]] = [[]];
    let end = HEAD_BYTES;
    for (let i = 0; i === 0 || end < length; i++) {
      const start = end + FRAME_LENGTH_BYTES;
      end = frameEnd(bytes, start, length);
      frames[i] = decodeValues(bytes, start, end);
    }
    return frames;
  }
}

/** Where the frame ends whose values begin at `start`. */
function frameEnd(bytes: Buffer, start: number, storedLength: number): number {
  const end = start + bytes.readUInt32BE(start - FRAME_LENGTH_BYTES);
  if (end > start && end <= storedLength) return end;
  throw new RangeError(`expected the values of a frame at byte ${start} of ${storedLength}`);
}

function encodeSession(id: string, session: JstpSession): Buffer {
  try {
    if (!isJstpSession(session)) {
      throw new TypeError(`expected a Session, got ${describe(session)}`);
    }
    return encodeValues(valuesOfSession(id, session), HEAD_BYTES + FRAME_LENGTH_BYTES);
  } catch (error) {
    throw notSerializable(id, explainRefusal(partsOfSession(session), error), error);
  }
}

function encodeLateMessages(id: string, messages: LateMessages): Buffer {
  try {
    return encodeValues(messages, FRAME_LENGTH_BYTES);
  } catch (error) {
    const parts = messages.map((message) => ['late message', message] as const);
    throw notSerializable(id, explainRefusal(parts, error), error);
  }
}

function notSerializable(id: string, reason: string, cause: unknown): SessionStorageError {
  const detail = `session ${describe(id)}: ${reason}`;
  return new SessionStorageError('ERR_SESSION_NOT_SERIALIZABLE', detail, { cause });
}
