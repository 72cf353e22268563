import { explainRefusal } from './codec/refusal.js';
import { decodeValue, encodeValue } from './codec/value-codec.js';
import { describe, messageOf, SessionStorageError } from './errors.js';
import { isJstpSession, type JstpSession, type JstpSessionClass } from './jstp-session.js';

/**
 * Session <-> bytes. The bytes are held in strings of one-byte characters, which cross a port and
 * lie in a Map at less cost than any buffer. A stored session is
 *
 *   head:   format version (1 byte), stamp (8 bytes, unique to each `encode`)
 *   frames: length (4 bytes), encoded value; first the session, then its late messages in order
 *
 * so that late messages are added by appending, without reading what is there.
 */
const FORMAT_VERSION = 1;
const STAMP_BYTES = 8;
export const HEAD_BYTES = 1 + STAMP_BYTES;
const FRAME_LENGTH_BYTES = 4;

// Most sessions fit; larger ones get memory of their own.
const SCRATCH_BYTES = 65_536;

/** The order of the fields in a session's frame. */
type SessionFields = [
  username: unknown,
  guaranteedDeliveredCount: unknown,
  receivedCount: unknown,
  latestBufferedMessageId: unknown,
  buffer: unknown[],
  state: unknown[],
  // Only when the session's own id is not the one it is stored under.
  id?: string,
];

/** The messages of one event-loop turn: `latestBufferedMessageId` after it, then id, message ... */
export type LateMessages = [latestBufferedMessageId: unknown, ...messages: unknown[]];

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
    if (!isJstpSession(session)) {
      throw notSerializable(id, `expected a Session, got ${describe(session)}`);
    }
    const headBytes = HEAD_BYTES + FRAME_LENGTH_BYTES;
    const bytes = encodeOrRefuse(fieldsOf(id, session), headBytes, (error) =>
      notSerializable(id, explainRefusal(session, error), error),
    );
    if (bytes.length > this.#sessionBytesMax) throw this.tooLarge(id, bytes.length);
    bytes[0] = FORMAT_VERSION;
    this.#writeStamp(bytes, nowMs);
    bytes.writeUInt32BE(bytes.length - HEAD_BYTES - FRAME_LENGTH_BYTES, HEAD_BYTES);
    return bytes.toString('latin1');
  }

  /** The frame to append to a stored session. Throws `ERR_SESSION_NOT_SERIALIZABLE` as well. */
  encodeLateMessages(id: string, messages: LateMessages): string {
    const bytes = encodeOrRefuse(messages, FRAME_LENGTH_BYTES, (error) =>
      notSerializable(id, `late message: ${messageOf(error)}`, error),
    );
    bytes.writeUInt32BE(bytes.length - FRAME_LENGTH_BYTES, 0);
    return bytes.toString('latin1');
  }

  /** Throws `ERR_SESSION_UNREADABLE` for bytes that `encode` of this version did not write. */
  decode(id: string, stored: string, lateMessages: readonly LateMessages[] = []): JstpSession {
    try {
      return this.#decode(id, stored, lateMessages);
    } catch (error) {
      throw new SessionStorageError(
        'ERR_SESSION_UNREADABLE',
        `session ${describe(id)}: ${messageOf(error)}`,
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
    const bytes =
      stored.length <= SCRATCH_BYTES ? this.#scratch : Buffer.allocUnsafeSlow(stored.length);
    bytes.write(stored, 0, 'latin1');
    if (bytes[0] !== FORMAT_VERSION) {
      throw new RangeError(`expected format version ${FORMAT_VERSION}, got ${bytes[0]}`);
    }
    let frameEnd = this.#frameEnd(bytes, HEAD_BYTES, stored.length);
    const fields = decodeValue(bytes, HEAD_BYTES + FRAME_LENGTH_BYTES, frameEnd) as SessionFields;
    const session = sessionOf(this.#Session, id, fields);
    while (frameEnd < stored.length) {
      const start = frameEnd;
      frameEnd = this.#frameEnd(bytes, start, stored.length);
      const late = decodeValue(bytes, start + FRAME_LENGTH_BYTES, frameEnd) as LateMessages;
      addLateMessages(session, late);
    }
    for (const late of lateMessages) addLateMessages(session, late);
    return session;
  }

  #frameEnd(bytes: Buffer, start: number, storedLength: number): number {
    const payload = start + FRAME_LENGTH_BYTES;
    const end = payload <= storedLength ? payload + bytes.readUInt32BE(start) : Number.NaN;
    if (end <= storedLength) return end;
    throw new RangeError(`expected a frame at byte ${start} of ${storedLength}`);
  }
}

function encodeOrRefuse(
  value: unknown,
  headBytes: number,
  refusal: (error: unknown) => SessionStorageError,
): Buffer {
  try {
    return encodeValue(value, headBytes);
  } catch (error) {
    throw refusal(error);
  }
}

function notSerializable(id: string, reason: string, cause?: unknown): SessionStorageError {
  const detail = `session ${describe(id)}: ${reason}`;
  return new SessionStorageError('ERR_SESSION_NOT_SERIALIZABLE', detail, { cause });
}

function fieldsOf(id: string, session: JstpSession): SessionFields {
  const buffer: unknown[] = [];
  for (const [messageId, message] of session.buffer) buffer.push(messageId, message);
  const state: unknown[] = [];
  for (const [key, value] of session) state.push(key, value);
  const fields: SessionFields = [
    session.username,
    session.guaranteedDeliveredCount,
    session.receivedCount,
    session.latestBufferedMessageId,
    buffer,
    state,
  ];
  if (session.id !== id) fields.push(session.id);
  return fields;
}

function sessionOf(Session: JstpSessionClass, id: string, fields: SessionFields): JstpSession {
  const [username, guaranteedDelivered, received, latestBuffered, buffer, state, ownId = id] =
    fields;
  const session = new Session(null, null, ownId);
  session.username = username;
  session.guaranteedDeliveredCount = guaranteedDelivered;
  session.receivedCount = received;
  session.latestBufferedMessageId = latestBuffered;
  for (let i = 0; i < buffer.length; i += 2) session.buffer.set(buffer[i], buffer[i + 1]);
  for (let i = 0; i < state.length; i += 2) session.set(state[i], state[i + 1]);
  return session;
}

function addLateMessages(session: JstpSession, late: LateMessages): void {
  session.latestBufferedMessageId = late[0];
  for (let i = 1; i < late.length; i += 2) session.buffer.set(late[i], late[i + 1]);
}
