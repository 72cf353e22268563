import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bytesOfAddition,
  bytesOfSession,
  bytesOfSessionMax,
} from '../../src/shard/session-bytes.js';
import { SESSION_ID_LENGTH_MAX } from '../../src/slots.js';

test('bytes of a session grow with each character of its id and value', () => {
  const bytes = bytesOfSession('id', 'value');
  assert.equal(bytesOfSession('id+', 'value'), bytes + 1);
  assert.equal(bytesOfSession('id', 'value+'), bytes + 1);
  assert(bytes > 7);
});

test('an id with a character beyond Latin-1 takes two bytes for each', () => {
  assert.equal(bytesOfSession('ÿÿ', ''), bytesOfSession('aa', ''));
  assert.equal(bytesOfSession('aĀ', ''), bytesOfSession('aaaa', ''));
});

test('no session with a value of that length takes more than the most', () => {
  const longestId = '\u{1f600}'.repeat(SESSION_ID_LENGTH_MAX / 2);
  assert.equal(bytesOfSession(longestId, 'x'.repeat(1_000)), bytesOfSessionMax(1_000));
});

test('an addition takes more while it is apart than as a part of the value', () => {
  const value = 'x'.repeat(100);
  const apart = bytesOfSession('id', value) + bytesOfAddition('+');
  assert(apart > bytesOfSession('id', `${value}+`));
});
