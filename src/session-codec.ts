import { explainRefusal, reasonOf } from './codec/refusal.js';
import { ReservedMemory } from './codec/reserved-memory.js';
import { sessionOfText } from './codec/session-text.js';
import {
  addLateMessages,
  type LateMessages,
  partsOfSession,
  sessionOfValues,
  valuesOfSession,
} from './codec/session-values.js';
import { decodeValues, type Encoded, encodeValues } from './codec/value-codec.js';
import { ValueList, type ValueSource } from './codec/value-source.js';
import { describeType, SessionStorageError } from './errors.js';
import { isJstpSession, type JstpSession, type JstpSessionClass } from './jstp-session.js';
import { describeSessionId } from './session-id-text.js';
import { FORMAT_VERSION, HEAD_BYTES, SessionStamps } from './session-stamp.js';

export type { LateMessages } from './codec/session-values.js';
export { HEAD_BYTES } from './session-stamp.js';

/**
 * Session <-> bytes. The bytes are held in strings of one-byte characters, which cross a port
 * and are read at less cost than any buffer. A stored session is
 *
 *   head:   format version (1 byte), stamp (8 bytes, see `SessionStamps`)
 *   frames: length (4 bytes), encoded values; first the session, then its late messages in order
 *
 * so that late messages are added by appending, without reading what is there.
 */
const FRAME_LENGTH_BYTES = 4;
/** `maxSessionBytes`, unless it is given. */
export const SESSION_BYTES_DEFAULT = 1_048_576;
/** Of the host's own text, which is JSON. */
const STRING_START = '{';

export class SessionCodec {
  readonly #Session: JstpSessionClass;
  readonly #sessionBytesMax: number;
  readonly #readsStrings: boolean;
  readonly #stamps: SessionStamps;
  readonly #reserved = new ReservedMemory();

  /** `readsStrings`: `decode` takes what the host's `toString` gives as well, in UTF-8. */
  constructor(
    Session: JstpSessionClass,
    sessionBytesMax: number,
    readsStrings = false,
    stamps = new SessionStamps({ random: Math.random() }),
  ) {
    this.#Session = Session;
    this.#sessionBytesMax = sessionBytesMax;
    this.#readsStrings = readsStrings;
    this.#stamps = stamps;
  }

  /**
   * Throws `ERR_SESSION_NOT_SERIALIZABLE`, naming the id and the key, for what `structuredClone`
   * refuses, and `ERR_SESSION_TOO_LARGE`.
   */
  encode(id: string, session: JstpSession, nowMs: number): string {
    const encoded = encodeSession(id, session);
    if (encoded.length > this.#sessionBytesMax) throw this.tooLarge(id, encoded.length, session);
    finishFrame(encoded, HEAD_BYTES);
    encoded.bytes[0] = FORMAT_VERSION;
    this.#stamps.write(encoded.bytes, id, nowMs);
    return textOf(encoded);
  }

  /** When a change of a stored session is made that writes no value, as it compares with the times in stamps. */
  timeOfChange(id: string, nowMs: number): number {
    return this.#stamps.timeOf(id, nowMs);
  }

  /** The frame to append to a stored session. Throws `ERR_SESSION_NOT_SERIALIZABLE`. */
  encodeLateMessages(id: string, messages: LateMessages): string {
    const encoded = encodeLateMessages(id, messages);
    finishFrame(encoded, 0);
    return textOf(encoded);
  }

  /**
   * Throws `ERR_SESSION_UNREADABLE` for bytes that `encode` of this version did not write, and for more of them than
   * {@link storedBytesMaxOf}.
   */
  decode(id: string, stored: string, lateMessages: readonly LateMessages[] = []): JstpSession {
    this.#stamps.see(id, stored);
    try {
      return this.#decode(id, stored, lateMessages);
    } catch (error) {
      throw new SessionStorageError(
        'ERR_SESSION_UNREADABLE',
        `session ${describeSessionId(id)}: ${reasonOf(error)}`,
        { cause: error },
      );
    }
  }

  /** `bytes`: of the session as it would be stored, with the messages that its buffer has now. */
  tooLarge(id: string, bytes: number, session: JstpSession): SessionStorageError {
    const messages = session.buffer.size;
    const messageBytes = bytesOfMessages(session);
    const remedy =
      messageBytes > bytes / 2
        ? "; messages stay until the client confirms them, which the server's heartbeatInterval makes it do"
        : '';
    return new SessionStorageError(
      'ERR_SESSION_TOO_LARGE',
      `session ${describeSessionId(id)}: expected at most maxSessionBytes = ${this.#sessionBytesMax}, got ${bytes} bytes, ` +
        `${messageBytes} of them for ${messages} buffered messages${remedy}`,
    );
  }

  #decode(id: string, stored: string, lateMessages: readonly LateMessages[]): JstpSession {
    const bytesMax = storedBytesMaxOf(this.#sessionBytesMax);
    if (stored.length > bytesMax) throw new RangeError(tooLargeToRead(bytesMax, stored.length));
    const session =
      this.#readsStrings && stored.startsWith(STRING_START)
        ? sessionOfText(this.#Session, id, Buffer.from(stored, 'latin1').toString('utf8'))
        : this.#decodeFrames(id, stored);
    for (const late of lateMessages) addLateMessages(session, new ValueList(late));
    return session;
  }

  #decodeFrames(id: string, stored: string): JstpSession {
    const version = stored.codePointAt(0);
    if (version !== FORMAT_VERSION) {
      throw new RangeError(`expected format version ${FORMAT_VERSION}, got ${version}`);
    }
    this.#reserved.reset();
    let end = frameEnd(stored, HEAD_BYTES);
    const session = sessionOfValues(this.#Session, id, this.#decodeFrame(stored, HEAD_BYTES, end));
    while (end < stored.length) {
      const start = end;
      end = frameEnd(stored, start);
      addLateMessages(session, this.#decodeFrame(stored, start, end));
    }
    return session;
  }

  #decodeFrame(stored: string, start: number, end: number): ValueSource {
    return decodeValues(stored, start + FRAME_LENGTH_BYTES, end, this.#reserved);
  }
}

/**
 * Bytes of the largest stored session that is read: those that may be stored, or by default may be. Late messages are
 * counted when they are stored, so only bytes of somebody else, or of a larger `maxSessionBytes`, are more.
 */
export function storedBytesMaxOf(sessionBytesMax: number): number {
  return Math.max(sessionBytesMax, SESSION_BYTES_DEFAULT);
}

/** Why it is not read. */
export function tooLargeToRead(bytesMax: number, bytes: number): string {
  return `expected at most ${bytesMax} bytes (maxSessionBytes, and at least ${SESSION_BYTES_DEFAULT}), got ${bytes}`;
}

/** Of the frame that begins at `start`, how long it is. */
function finishFrame({ bytes, length }: Encoded, start: number): void {
  bytes.writeUInt32BE(length - start - FRAME_LENGTH_BYTES, start);
}

function bytesOfMessages({ buffer }: JstpSession): number {
  return buffer.size === 0 ? 0 : encodeValues([...buffer].flat(), 0).length;
}

function textOf({ bytes, length }: Encoded): string {
  return bytes.toString('latin1', 0, length);
}

/** Where the frame at `start` ends. */
function frameEnd(stored: string, start: number): number {
  const valuesStart = start + FRAME_LENGTH_BYTES;
  let length = 0;
  for (let i = start; i < valuesStart; i++) length = length * 0x100 + stored.charCodeAt(i);
  const end = valuesStart + length;
  if (end > valuesStart && end <= stored.length) return end;
  throw new RangeError(`expected the values of a frame at byte ${valuesStart} of ${stored.length}`);
}

function encodeSession(id: string, session: JstpSession): Encoded {
  try {
    if (!isJstpSession(session)) {
      throw new TypeError(`expected a Session, got ${describeType(session)}`);
    }
    return encodeValues(valuesOfSession(id, session), HEAD_BYTES + FRAME_LENGTH_BYTES);
  } catch (error) {
    throw notSerializable(id, explainRefusal(partsOfSession(session), error), error);
  }
}

function encodeLateMessages(id: string, messages: LateMessages): Encoded {
  try {
    return encodeValues(messages, FRAME_LENGTH_BYTES);
  } catch (error) {
    const parts = messages.map((message) => ['late message', message] as const);
    throw notSerializable(id, explainRefusal(parts, error), error);
  }
}

function notSerializable(id: string, reason: string, cause: unknown): SessionStorageError {
  const detail = `session ${describeSessionId(id)}: ${reason}`;
  return new SessionStorageError('ERR_SESSION_NOT_SERIALIZABLE', detail, { cause });
}
