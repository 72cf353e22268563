import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import {
  formatManifest,
  type JournalManifest,
  parseManifest,
} from '../../src/facade/manifest-text.js';
import { SEED_BYTES } from '../../src/slots.js';

const PATH = '/journal/manifest.json';
const SEED = 'ab'.repeat(SEED_BYTES);
const KEY_ID = '0123456789abcdef';
const MANIFEST: JournalManifest = {
  shards: 3,
  seed: Buffer.from(SEED, 'hex'),
  epoch: 2,
  keyId: KEY_ID,
  fileSetId: 77,
  hasOlderFiles: false,
  generations: [4, 0, 12],
};
/** As commit a5d5ad6 wrote it. */
const FIRST_FORMAT = `{
  "format": 1,
  "shards": 3,
  "seed": "${SEED}",
  "epoch": 2,
  "keyId": "${KEY_ID}"
}
`;

/** A text with other fields and the right checksum. */
function textWith(fields: object): string {
  const { checksum, ...before } = JSON.parse(formatManifest(MANIFEST)) as Record<string, unknown>;
  const text = JSON.stringify({ ...before, ...fields }, undefined, 2).replace(/\n\}$/, ',\n');
  const sum = createHash('sha256').update(text).digest('hex');
  return `${text}  "checksum": "${sum}"\n}\n`;
}

function assertCorrupt(text: string, what: string): void {
  const message = new RegExp(`: ${PATH}: expected a manifest with .+, got .+ backup`);
  const expected = { code: 'ERR_JOURNAL_CORRUPT', message };
  assert.throws(() => parseManifest(PATH, text), expected, what);
}

describe('parseManifest', () => {
  it('what formatManifest gives: the same manifest', () => {
    for (const manifest of [MANIFEST, { ...MANIFEST, keyId: null, hasOlderFiles: true }]) {
      assert.deepEqual(parseManifest(PATH, formatManifest(manifest)), manifest);
    }
    assert.deepEqual(parseManifest(PATH, textWith({})), MANIFEST);
  });

  it('any one bit is wrong: ERR_JOURNAL_CORRUPT with the path and the remedy', () => {
    const right = Buffer.from(formatManifest(MANIFEST));
    for (let at = 0; at < right.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const bytes = Buffer.from(right);
        bytes[at] = (bytes[at] as number) ^ (1 << bit);
        assertCorrupt(bytes.toString(), `bit ${bit} of byte ${at}`);
      }
    }
  });

  it('cut after any byte, or with more behind it: ERR_JOURNAL_CORRUPT', () => {
    const right = formatManifest(MANIFEST);
    for (let length = 0; length < right.length; length++) {
      assertCorrupt(right.slice(0, length), `${length} bytes`);
    }
    for (const more of ['x', '\n', '{}', right]) assertCorrupt(`${right}${more}`, more);
  });

  it('written by commit a5d5ad6: the same, of no file set, and no files are expected', () => {
    assert.deepEqual(parseManifest(PATH, FIRST_FORMAT), {
      ...MANIFEST,
      fileSetId: 0,
      hasOlderFiles: true,
      generations: [0, 0, 0],
    });
  });

  it('a newer format, whatever else it has: ERR_JOURNAL_FORMAT with both formats', () => {
    for (const text of ['{"format":17}', textWith({ format: 17, shards: 'many' })]) {
      assert.throws(() => parseManifest(PATH, text), {
        code: 'ERR_JOURNAL_FORMAT',
        message: /\/journal\/manifest\.json: expected format 2 or older, got format 17/,
      });
    }
  });

  it('format 2 without a checksum, format 1 with one or with a file set: ERR_JOURNAL_CORRUPT', () => {
    assertCorrupt(FIRST_FORMAT.replace('1', '2'), 'no checksum');
    assertCorrupt(textWith({ format: 1 }), 'a checksum');
    const { checksum, ...fields } = JSON.parse(textWith({ format: 1 })) as Record<string, unknown>;
    assertCorrupt(JSON.stringify(fields), 'a file set');
  });

  const WRONG: Record<string, readonly unknown[]> = {
    format: [undefined, 0, 1.5, '2'],
    shards: [undefined, 0, 2, 1_025, 1.5, '3', null],
    seed: [undefined, '', SEED.slice(2), `${SEED}00`, 'x'.repeat(2 * SEED_BYTES), 1],
    epoch: [undefined, 0, -1, 1.5, '1', 2 ** 53],
    keyId: [undefined, '', 1, 'no hex'],
    fileSetId: [undefined, 0, -1, 1.5, '7', 2 ** 32],
    hasOlderFiles: [undefined, 0, null, 'false'],
    generations: [
      undefined,
      null,
      3,
      [1, 2],
      [1, 2, 3, 4],
      [1, 2, '3'],
      [1, 2, -1],
      [1, 2, 2 ** 32],
    ],
  };
  for (const [name, values] of Object.entries(WRONG)) {
    for (const value of values) {
      it(`${name} ${JSON.stringify(value)}: ERR_JOURNAL_CORRUPT`, () => {
        assertCorrupt(textWith({ [name]: value }), name);
      });
    }
  }

  for (const [what, text] of [
    ['nothing', ''],
    ['no JSON', '{"format":1,'],
    ['null', 'null'],
    ['an array', '[]'],
  ] as const) {
    it(`${what}: ERR_JOURNAL_CORRUPT`, () => assertCorrupt(text, what));
  }
});
