import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { KINDS, type Kind } from './node-lines/kinds.js';
import {
  NODE_LINE,
  NODE_LINES,
  pathOfLine,
  type StoredKinds,
  sessionOf,
  storedKind,
} from './node-lines/stored-kind.js';
import { assertSameValue } from './same-value.js';
import { contentsOf, createCodec, ID } from './sessions.js';

function storedByLine(line: number): StoredKinds {
  return JSON.parse(readFileSync(pathOfLine(line), 'utf8'));
}

function decodedFrom(base64: string): unknown[] {
  const stored = Buffer.from(base64, 'base64').toString('latin1');
  return contentsOf(createCodec().decode(ID, stored));
}

for (const line of NODE_LINES) {
  test(`sessions of each kind that Node.js ${line} has stored: are read, or what is missing is named`, () => {
    const kinds = storedByLine(line);
    let read = 0;
    for (const [name, base64] of Object.entries(kinds)) {
      const kind = KINDS.get(name) ?? assert.fail(`${name} is no kind: write the files anew`);
      if (kind.needs?.isThere === false) {
        const { message } = kind.needs;
        assert.throws(() => decodedFrom(base64), { code: 'ERR_SESSION_UNREADABLE', message }, name);
      } else {
        assertSameValue(decodedFrom(base64), expectedOf(kind));
        read++;
      }
    }
    assert(read > 100, `${read} read`);
  });
}

/** All that is to come back, the late message included. */
function expectedOf(kind: Kind): unknown {
  const session = sessionOf(kind);
  session.latestBufferedMessageId = 8;
  session.buffer.set(8, kind.make());
  const contents = contentsOf(session);
  // The late message has no reference to what is in the session.
  return kind.isCloneable === false ? contents : structuredClone(contents);
}

test('files: have each kind that the line can store', () => {
  const [first, ...others] = NODE_LINES.map((line) => [line, Object.keys(storedByLine(line))]);
  const needy = (name: string) => KINDS.get(name)?.needs !== undefined;
  const all = [...KINDS.keys()];
  assert.deepEqual(
    Object.keys(storedByLine(26)),
    all,
    'write the files anew, see test/codec/node-lines/README.md',
  );
  for (const [line, names] of [first, ...others] as [number, string[]][]) {
    const missing = all.filter((name) => !names.includes(name));
    assert(missing.every(needy), `Node.js ${line} has no ${missing}`);
  }
});

test('this Node.js: stores each kind as it did when the files were written', {
  skip: !NODE_LINES.includes(NODE_LINE) && `no files of Node.js ${NODE_LINE}`,
}, () => {
  const kinds = storedByLine(NODE_LINE);
  for (const [name, base64] of Object.entries(kinds)) {
    const kind = KINDS.get(name) ?? assert.fail(`${name} is no kind: write the files anew`);
    assert.equal(storedKind(kind), base64, name);
  }
});
