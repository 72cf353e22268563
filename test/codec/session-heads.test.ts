import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HEAD_BYTES } from '../../src/session-stamp.js';
import { createCodec, ID, NOW_MS, sessionWith } from './sessions.js';

test('200,000 sessions in one millisecond: each has a head of its own, in order', () => {
  const heads = headsAt(Array.from({ length: 200_000 }, () => NOW_MS));
  assertRising(heads);
});

test('clock that stands, goes back and jumps: heads stay unique, in the order of the calls', () => {
  const times = [0, -1, -1_000, 1, 1, 0, 2, 1_000_000, 5, 1_000_000].map((ms) => NOW_MS + ms);
  assertRising(headsAt([...times, 0, -1, Number.NaN]));
});

test('clock that passes the milliseconds that were used up in advance: heads stay unique', () => {
  const busy = Array.from({ length: 200_000 }, () => NOW_MS);
  assertRising(headsAt([...busy, ...Array.from({ length: 10 }, (_, i) => NOW_MS + i)]));
});

test('heads: hold the time, and differ for sessions that are equal', () => {
  const [one, other] = headsAt([NOW_MS, NOW_MS]);
  assert.equal(Buffer.from(one ?? '', 'latin1').readUIntBE(1, 6), NOW_MS);
  assert.notEqual(one, other);
});

function headsAt(times: number[]): string[] {
  const codec = createCodec();
  const session = sessionWith();
  return times.map((nowMs) => codec.encode(ID, session, nowMs).slice(0, HEAD_BYTES));
}

function assertRising(heads: string[]): void {
  for (let i = 1; i < heads.length; i++) {
    assert(
      (heads[i] as string) > (heads[i - 1] as string),
      `head ${i} is not above the one before`,
    );
  }
}
