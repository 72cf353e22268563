import { fileURLToPath } from 'node:url';
import type jstp from '@metarhia/jstp';
import { createCodec, encodeLate, ID, NOW_MS, sessionWith, withoutWriter } from '../sessions.js';
import type { Kind } from './kinds.js';

/** The lines of Node.js that each read what any of them has written. */
export const NODE_LINES = [20, 22, 24, 26];

/** Of the running Node.js. */
export const NODE_LINE = Number.parseInt(process.versions.node, 10);

/** By kind, sessions that one line has stored, in base64. */
export type StoredKinds = Record<string, string>;

export function pathOfLine(line: number): string {
  return fileURLToPath(
    new URL(`../../../../test/codec/node-lines/node-${line}.json`, import.meta.url),
  );
}

/** A session that has a value of this kind in its state, as its key, and in a message. */
export function sessionOf({ make }: Kind): jstp.Session {
  const session = sessionWith(['value', make()], [make(), 'key']);
  session.buffer.set(7, make());
  return session;
}

export function storedKind(kind: Kind): string {
  const codec = createCodec();
  const stored = codec.encode(ID, sessionOf(kind), NOW_MS) + encodeLate(codec, [8, 8, kind.make()]);
  return Buffer.from(withoutWriter(stored), 'latin1').toString('base64');
}
