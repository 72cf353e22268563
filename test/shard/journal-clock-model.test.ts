import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ClockedShard, SLOTS } from './clocked-shard.js';
import { DAY_MS } from './journaled.js';

/** So that each has few slots, and a snapshot few steps. */
const SHARDS = 256;
/** The clock is set by some times more than sessions live. */
const STEP_FACTOR = 5;

const step = fc.record({
  kind: fc.constantFrom(
    ...['set', 'setInactiveValue', 'setInactiveValue', 'setInactive', 'get', 'delete'],
    ...['pass', 'progress', 'progress', 'setClock', 'suspend', 'compact', 'purge'],
    ...['restartWorker', 'restartProcess'],
  ),
  session: fc.nat(2 * SLOTS - 1),
  // Whole seconds: smaller differences of the clocks are ignored.
  ms: fc.integer({ min: 1, max: 60 }).map((seconds) => seconds * 10_000),
  sign: fc.constantFrom(-1, 1),
});

/** Deadlines by a clock that is always right. */
class Expected {
  readonly #sessions = new Map<string, { atMs: number; isActive: boolean }>();

  set(id: string, atMs: number, isActive: boolean): void {
    this.#sessions.set(id, { atMs, isActive });
  }

  move(id: string, atMs: number, isActive: boolean): void {
    if (this.#sessions.has(id)) this.set(id, atMs, isActive);
  }

  delete(id: string): void {
    this.#sessions.delete(id);
  }

  expire(nowMs: number): void {
    for (const [id, { atMs }] of this.#sessions) if (atMs <= nowMs) this.#sessions.delete(id);
  }

  start(atMs: number): void {
    for (const [id, { isActive }] of this.#sessions) if (isActive) this.set(id, atMs, false);
  }

  leftsAt(nowMs: number): Record<string, number> {
    return Object.fromEntries([...this.#sessions].map(([id, { atMs }]) => [id, atMs - nowMs]));
  }
}

describe('JournalStore on a machine whose clock is set again and again', () => {
  it('starts that follow a settled disk find each session with what it had left', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const shard = new ClockedShard(0, SHARDS);
        const expected = new Expected();
        // Of the steady clock: that which sessions live by.
        let livedMs = 0;
        for (const { kind, session, ms, sign } of steps) {
          const [slot, id] = [session % SLOTS, `${session}`];
          const { store } = shard;
          expected.expire(livedMs);
          if (kind === 'set') {
            store.set(slot, id, 'value', shard.inMs(ms));
            expected.set(id, livedMs + ms, true);
          } else if (kind === 'setInactiveValue') {
            store.setInactiveValue(slot, id, 'value', shard.inMs(ms));
            expected.set(id, livedMs + ms, false);
          } else if (kind === 'setInactive') {
            store.setInactive(slot, id, shard.inMs(ms));
            expected.move(id, livedMs + ms, false);
          } else if (kind === 'get') {
            store.get(slot, id, shard.inMs(ms));
            expected.move(id, livedMs + ms, true);
          } else if (kind === 'delete') {
            store.delete(slot, id);
            expected.delete(id);
          } else if (kind === 'pass') {
            shard.pass(ms / 10);
            livedMs += ms / 10;
          } else if (kind === 'progress') {
            shard.commit();
            await shard.progress();
          } else if (kind === 'setClock') {
            shard.setClock(sign * ms * STEP_FACTOR);
          } else if (kind === 'suspend') {
            shard.suspend(ms * STEP_FACTOR);
          } else if (kind === 'compact') {
            shard.commit();
            store.compact();
          } else if (kind === 'purge') {
            store.purge(100);
          } else {
            shard.commit();
            shard.pass(1_000);
            livedMs += 1_000;
            await shard.settle();
            expected.expire(livedMs);
            if (kind === 'restartWorker') shard.restartWorker();
            else {
              shard.restartProcess();
              expected.start(livedMs + DAY_MS);
            }
          }
        }
        expected.expire(livedMs);
        assert.deepEqual(shard.lefts, expected.leftsAt(livedMs));
      }),
      { numRuns: 500 },
    );
  });
});
