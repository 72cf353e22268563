import type jstp from '@metarhia/jstp';
import { Packr } from 'msgpackr';
import { sessionOfValues, valuesOfSession } from '../../src/codec/session-values.js';
import { ValueList } from '../../src/codec/value-source.js';
import type { JstpSession } from '../../src/index.js';
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
  const both = [
    repeated('Session', () => host.Session.fromString(session.toString()).size),
    repeated('msgpackr, its values with their types', () => packAndUnpack(session).size),
    repeated('SessionCodec', () => codec.decode(id, codec.encode(id, session, nowMs)).size),
  ];
  return [
    {
      title: `encode (${text.length} against ${stored.length} bytes)`,
      cases: encode,
      compared: true,
    },
    { title: 'decode', cases: decode, compared: true },
    { title: 'encode and decode', cases: both, compared: true },
    { title: 'encode and decode, other sessions', cases: otherSessions(codec), compared: false },
  ];
}

const packr = new Packr({ structuredClone: true, moreTypes: true });

/** The same values as ours writes. It loses some values in silence, which this session has none of. */
function packAndUnpack(session: jstp.Session): JstpSession {
  const values = packr.unpack(packr.pack(valuesOfSession(session.id, session)));
  return sessionOfValues(host.Session, session.id, new ValueList(values));
}

/** Values that the typical session has none of; the last are left to the structured clone. */
const OTHER_VALUES: Record<string, unknown> = {
  'object of 5 objects of 4 keys': Object.fromEntries(
    Array.from({ length: 5 }, (_, i) => [
      `group ${i}`,
      { name: `name ${i}`, count: 100 * i, enabled: i % 2 === 0, ratio: i / 3 },
    ]),
  ),
  'Cyrillic text': 'Імператор і філософ, автор роздумів про себе',
  '1,024 bytes': new Uint8Array(1_024).fill(7),
  'regular expression (structured clone)': /a|b/g,
};

function otherSessions(codec: SessionCodec): Case[] {
  const nowMs = Date.now();
  return Object.entries(OTHER_VALUES).map(([name, value]) => {
    const session = createTypicalSession();
    session.set('other', value);
    const { id } = session;
    return repeated(name, () => codec.decode(id, codec.encode(id, session, nowMs)).size);
  });
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
