import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isExpired } from '../../src/shard/expiry-wheel.js';
import type { JournalStore } from '../../src/shard/journal-store.js';
import type { SessionStore } from '../../src/shard/session-store.js';
import { SimulatedDisk } from '../twins/simulated-disk.js';
import { createStore, Journaled } from './journaled.js';

/** What happens to a shard: changes of its store, and what goes on around it. */
const step = fc.record({
  kind: fc.constantFrom(
    'set',
    'setInactiveValue',
    'setInactiveValue',
    'setInactive',
    'get',
    'amend',
    'amend',
    'delete',
    'clear',
    'advance',
    'settle',
    'compact',
    'restartWorker',
    'restartProcess',
  ),
  session: fc.nat(4),
  ms: fc.integer({ min: 1, max: 5_000 }),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** Does the same to a store that is never restarted. */
function act(
  store: SessionStore,
  inMs: (ms: number) => number,
  { kind, session, ms }: Step,
): unknown {
  const id = `session-${session}`;
  switch (kind) {
    case 'set':
      return store.set(session, id, `${ms}:`, inMs(ms));
    case 'setInactiveValue':
      return store.setInactiveValue(session, id, `${ms}:`, inMs(ms));
    case 'setInactive':
      return store.setInactive(session, id, inMs(ms));
    case 'get':
      return store.get(session, id, inMs(ms));
    case 'amend':
      return store.amend(session, id, '', `+${ms}`);
    case 'delete':
      return store.delete(session, id);
    default:
      return kind === 'clear' ? store.clear() : undefined;
  }
}

/** Tells all that is stored, and leaves it as it is. */
function contentOf(store: JournalStore, nowMs: number): unknown[] {
  const { memory } = store;
  const sessions: unknown[] = [];
  for (let slot = 0; slot < 5; slot++) {
    for (const entry of memory.table.entriesOf(slot)) {
      // Which of those that are over are still there is not the same.
      if (isExpired(memory.deadlineOf(entry), nowMs)) continue;
      sessions.push([
        memory.table.idOf(entry),
        memory.table.valueOf(entry),
        memory.deadlineOf(entry),
        memory.isActive(entry),
      ]);
    }
  }
  return sessions;
}

describe('JournalStore beside one that never ends', () => {
  it('whatever is done, worker restarts and compactions in between change nothing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const journaled = new Journaled();
        const { clock } = journaled;
        const forever = createStore({ disk: new SimulatedDisk(), clock });
        const inMs = (ms: number): number => journaled.inMs(ms);
        for (const one of steps) {
          const { kind, ms } = one;
          if (kind === 'restartWorker' || kind === 'restartProcess') {
            journaled.commit();
            journaled.restartWorker();
          } else if (kind === 'advance') {
            clock.advance(ms);
          } else if (kind === 'settle') {
            journaled.disk.completeLater();
            await Promise.resolve();
            clock.runTurn();
          } else if (kind === 'compact') {
            journaled.commit();
            journaled.store.compact();
          } else {
            assert.deepEqual(act(journaled.store, inMs, one), act(forever, inMs, one));
          }
          journaled.store.purge(100);
          forever.purge(100);
        }
        const nowMs = clock.now();
        assert.deepEqual(contentOf(journaled.store, nowMs), contentOf(forever, nowMs));
      }),
      { numRuns: 1_000 },
    );
  });
});
