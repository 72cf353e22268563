import { SessionCodec } from '../../src/session-codec.js';
import { host } from '../host.js';
import { BATCH, type Case, type Group } from './case.js';
import { createTypicalSession } from './typical-session.js';

const SESSION_BYTES_MAX = 1_048_576;

/** Session to stored form and back, beside the host's own conversion. */
export function createCodecGroups(): Group[] {
  const codec = new SessionCodec(host.Session, SESSION_BYTES_MAX);
  const session = createTypicalSession();
  const { id } = session;
  const nowMs = Date.now();
  const text = session.toString();
  const stored = codec.encode(id, session, nowMs);
  const encode = [
    repeated('Session.toString', () => session.toString().length),
    repeated('SessionCodec.encode', () => codec.encode(id, session, nowMs).length),
  ];
  const decode = [
    repeated('Session.fromString', () => host.Session.fromString(text).size),
    repeated('SessionCodec.decode', () => codec.decode(id, stored).size),
  ];
  return [
    {
      title: `encode (${text.length} against ${stored.length} bytes)`,
      cases: encode,
      compared: true,
    },
    { title: 'decode', cases: decode, compared: true },
  ];
}

/** `act` gives a number above 0, which keeps the compiler from leaving it out. */
function repeated(name: string, act: () => number): Case {
  return {
    name,
    operations: BATCH,
    run: () => {
      let sum = 0;
      for (let i = 0; i < BATCH; i++) sum += act();
      if (sum === 0) throw new Error(`${name}: expected a result`);
    },
  };
}
