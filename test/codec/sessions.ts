import jstp from '@metarhia/jstp';
import type { JstpSession, JstpSessionClass } from '../../src/jstp-session.js';
import { type LateMessages, SessionCodec } from '../../src/session-codec.js';

export const ID = '3f2b8c1e-9a4d-4e6f-8b7a-1c2d3e4f5a6b';
export const NOW_MS = 1_700_000_000_000;
/** How error messages show it. */
export const ID_TEXT = '"3f2b8c1e"... (SHA-256 adc7eac0fe2e)';
const BYTES_MAX = 1_048_576;

export function createCodec(
  bytesMax = BYTES_MAX,
  Session: JstpSessionClass = jstp.Session,
): SessionCodec {
  return new SessionCodec(Session, bytesMax);
}

export function sessionWith(...state: (readonly [unknown, unknown])[]): jstp.Session {
  return new jstp.Session(null, 'user', ID, new Map(state));
}

/** All that is to come back. */
export function contentsOf(session: JstpSession): unknown[] {
  const { username, guaranteedDeliveredCount, receivedCount, latestBufferedMessageId } = session;
  const fields = [username, guaranteedDeliveredCount, receivedCount, latestBufferedMessageId];
  return [session.id, fields, [...session.buffer], [...session]];
}

export function encodeLate(codec: SessionCodec, ...late: LateMessages[]): string {
  return late.map((messages) => codec.encodeLateMessages(ID, messages)).join('');
}

const WRITER_AT = 7;

/** What is stored, but for the writer in its stamp, which is another one for each provider. Versions before had 0 there. */
export function withoutWriter(stored: string): string {
  return `${stored.slice(0, WRITER_AT)}\0${stored.slice(WRITER_AT + 1)}`;
}

/** A value that is not plain. */
export const CLONED = 2n ** 64n;

/** A session that is plain, one that is cloned; each with late messages of both kinds. */
export function goldenSessions(): [plain: jstp.Session, cloned: jstp.Session] {
  const plain = sessionWith(
    ['role', 'admin'],
    ['visits', 12],
    ['cart', ['a1', 'é', 1.5]],
    ['since', new Date(NOW_MS)],
    ['more', { nothing: null, set: new Set([true]), bytes: new Uint8Array([1, 2]) }],
    [
      'ключ',
      new Map<unknown, unknown>([
        [1n, -0],
        [-1, 300],
        [70_000, 'x'.repeat(64)],
      ]),
    ],
    ['long', 'x'.repeat(255)],
  );
  plain._bufferMessage(7, '{"event":[7,"chat"],"message":["hello"]}');
  const cloned = new jstp.Session(null, -0, 'own id', new Map([[{}, new Map([['big', CLONED]])]]));
  return [plain, cloned];
}

export function encodeGolden(): string[] {
  const codec = createCodec();
  const late = encodeLate(codec, [8, 8, 'late'], [9, 9, CLONED]);
  return goldenSessions().map((session) => codec.encode(ID, session, NOW_MS) + late);
}
