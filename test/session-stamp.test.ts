import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareHeads, HEAD_BYTES, SessionStamps, timeOfHead } from '../src/session-stamp.js';

const NOW_MS = 1_700_000_000_000;
const DAY_MS = 86_400_000;

/** A provider's stamps, on a clock of its own. */
function stampsAt(clockMs: number, random = 0) {
  let nowMs = clockMs;
  const stamps = new SessionStamps({ random, sharedClock: () => nowMs });
  return {
    set: (id: string): string => {
      const bytes = Buffer.alloc(HEAD_BYTES);
      bytes[0] = 1;
      stamps.write(bytes, id, nowMs);
      return bytes.toString('latin1');
    },
    see: (id: string, value: string) => stamps.see(id, value),
    timeOf: (id: string) => stamps.timeOf(id, nowMs),
    setClock: (ms: number) => {
      nowMs = ms;
    },
  };
}

test('stamps of two writers in one millisecond differ, and the one that comes later is the newer one', () => {
  const [one, other] = [stampsAt(NOW_MS, 0.2).set('a'), stampsAt(NOW_MS, 0.7).set('a')];
  assert.notEqual(one, other);
  assert(compareHeads(one, other) < 0);
  assert(compareHeads(other, one) < 0);
});

test('stamps of one writer in one millisecond are in order, and of a version before as well', () => {
  const { set } = stampsAt(NOW_MS);
  const [one, other] = [set('a'), set('a')];
  assert(compareHeads(one, other) < 0);
  assert(compareHeads(other, one) > 0);
  assert.equal(compareHeads(one, one), 0);
  const before = (count: number) => `${one.slice(0, -2)}\0${String.fromCharCode(count)}`;
  assert(compareHeads(before(3), before(2)) > 0);
  assert(compareHeads(before(9), one) < 0);
  assert(compareHeads(one, before(9)) < 0);
});

test('writers: none is that of a version before, nor that of a tombstone', () => {
  const writerOf = (random: number) => stampsAt(NOW_MS, random).set('a').charCodeAt(7);
  assert.equal(writerOf(0), 1);
  assert.equal(writerOf(1 - Number.EPSILON), 254);
});

test('a value of a server whose clock is ahead was seen: what is set after it is newer, for that id only', () => {
  const ahead = stampsAt(NOW_MS + DAY_MS, 0.2).set('a');
  const { see, set, timeOf } = stampsAt(NOW_MS, 0.7);
  see('a', ahead);
  const first = set('a');
  assert(compareHeads(ahead, first) < 0);
  const second = set('a');
  assert(compareHeads(first, second) < 0);
  assert(timeOf('a') >= timeOfHead(second));
  assert.equal(timeOfHead(set('b')), NOW_MS);
});

test('a server whose clock was behind when it started and is set right: its stamps follow the clock', () => {
  const current = stampsAt(NOW_MS, 0.2).set('a');
  const { see, set, setClock } = stampsAt(NOW_MS - DAY_MS, 0.7);
  see('a', current);
  assert(compareHeads(current, set('a')) < 0);
  setClock(NOW_MS + 5_000);
  assert.equal(timeOfHead(set('a')), NOW_MS + 5_000);
});

test('a clock that goes back, by whatever: what is set is newer than what was set before', () => {
  const { set, timeOf, setClock } = stampsAt(NOW_MS);
  let last = set('a');
  for (const backMs of [1, 1_000, DAY_MS]) {
    setClock(NOW_MS - backMs);
    const next = set('a');
    assert(compareHeads(last, next) < 0);
    assert.equal(timeOf('a'), NOW_MS);
    last = next;
  }
  setClock(NOW_MS + 1);
  assert.equal(timeOfHead(set('a')), NOW_MS + 1);
});

test('values of more ids than are remembered: what is set after any of them is newer', () => {
  const ids = Array.from({ length: 70_000 }, (_, i) => `id-${i}`);
  const others = stampsAt(NOW_MS + DAY_MS, 0.2);
  const { see, set } = stampsAt(NOW_MS, 0.7);
  const values = ids.map((id) => {
    const value = others.set(id);
    see(id, value);
    return value;
  });
  for (const [i, id] of ids.entries()) assert(compareHeads(values[i] as string, set(id)) < 0, id);
});

test('values that are no stamped ones, or of a store without other servers, change nothing', () => {
  const { see, set } = stampsAt(NOW_MS);
  for (const value of ['', '\x01', '{"id":"a"}', `\x02${'\xff'.repeat(20)}`]) see('a', value);
  assert.equal(timeOfHead(set('a')), NOW_MS);
  const alone = new SessionStamps({ random: 0 });
  alone.see('a', stampsAt(NOW_MS + DAY_MS).set('a'));
  assert.equal(alone.timeOf('a', NOW_MS), NOW_MS);
});

test('whatever the clocks of two servers do: who sets after having seen sets the newer value', () => {
  const step = fc.record({
    server: fc.constantFrom(0, 1),
    sees: fc.boolean(),
    sets: fc.boolean(),
    clockMs: fc.oneof(fc.nat(3), fc.nat(2 * DAY_MS)).map((ms) => NOW_MS - DAY_MS + ms),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const servers = [0.2, 0.7].map((random) => ({ ...stampsAt(NOW_MS, random), seen: '' }));
      let stored = '';
      for (const { server: at, sees, sets, clockMs } of steps) {
        const server = servers[at] as (typeof servers)[number];
        server.setClock(clockMs);
        if (sees) {
          server.see('a', stored);
          server.seen = stored;
        }
        if (!sets) continue;
        const value = server.set('a');
        assert(compareHeads(server.seen, value) < 0);
        if (compareHeads(stored, value) < 0) stored = value;
      }
    }),
    { numRuns: 1_000 },
  );
});
