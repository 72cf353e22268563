import type { JstpSession } from '../../src/index.js';
import { SessionCodec } from '../../src/session-codec.js';
import { host } from '../host.js';

const SESSION_BYTES_MAX = 1_048_576;

// Stores that take strings or bytes have our codec: they pay the same for it, and keep the same types.
const codec = new SessionCodec(host.Session, SESSION_BYTES_MAX);

/** Characters of one byte. */
export function encodeSession(id: string, session: JstpSession): string {
  return codec.encode(id, session, Date.now());
}

export function decodeSession(id: string, stored: string): JstpSession {
  return codec.decode(id, stored);
}

export function encodeSessionBytes(id: string, session: JstpSession): Buffer {
  return Buffer.from(encodeSession(id, session), 'latin1');
}

export function decodeSessionBytes(id: string, stored: Buffer): JstpSession {
  return decodeSession(id, stored.toString('latin1'));
}
