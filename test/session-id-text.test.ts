import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeSessionId } from '../src/session-id-text.js';

// By `printf %s ID | sha256sum | head -c 12`, as an operator does.
const SHOWN: [id: string, text: string][] = [
  ['3f2b8c1e-9a4d-4e6f-8b7a-1c2d3e4f5a6b', '"3f2b8c1e"... (SHA-256 adc7eac0fe2e)'],
  ['0123456789abcdef', '"01234567"... (SHA-256 9f9f5111f7b2)'],
  ['0123456789abcde', '"012"... (SHA-256 027687e87ab0)'],
  ['abcd', '"a"... (SHA-256 88d4266fd4e6)'],
  ['abc', '""... (SHA-256 ba7816bf8f01)'],
  ['a', '""... (SHA-256 ca978112ca1b)'],
  [
    'ключ'.repeat(8),
    '"\\u043a\\u043b\\u044e\\u0447\\u043a\\u043b\\u044e\\u0447"... (SHA-256 f86c842ed439)',
  ],
];

for (const [id, text] of SHOWN) {
  test(`id of ${id.length} characters: is shown as ${text}`, () => {
    assert.equal(describeSessionId(id), text);
  });
}

test('control characters, quotes and halves of pairs at the start of an id: are escaped', () => {
  const id = '\n\x1b"\\\x7f\u202e\ud83dx'.padEnd(32, 'rest');
  const shown = '\\u000a\\u001b\\u0022\\u005c\\u007f\\u202e\\ud83dx';
  assert(describeSessionId(id).startsWith(`"${shown}"... (SHA-256 `));
});

test('ids of each length: are never shown whole, and are told apart', () => {
  const texts = new Set<string>();
  for (let length = 1; length <= 1_024; length++) {
    const id = 'x'.repeat(length);
    const text = describeSessionId(id);
    const shown = text.slice(1, text.indexOf('"', 1));
    assert(shown.length <= Math.min(8, length / 2), text);
    texts.add(text);
  }
  assert.equal(texts.size, 1_024);
});
