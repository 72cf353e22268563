import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { SessionStore } from '../../src/shard/session-store.js';
import type { ManualClock } from '../twins/manual-clock.js';

export type StoreStep =
  | { kind: 'get' | 'set' | 'setInactive'; slot: number; id: string; value: string; inMs: number }
  | { kind: 'amend' | 'delete'; slot: number; id: string; value: string }
  | { kind: 'pass'; ms: number }
  | { kind: 'purge'; visits: number }
  | { kind: 'clear' };

interface ModelSession {
  value: string;
  deadlineMs: number;
}

/** A store beside a plain Map with deadlines; the two must give the same answers. */
export class StoreModel {
  readonly #store: SessionStore;
  readonly #clock: ManualClock;
  readonly #purgeIntervalMs: number;
  readonly #sessions = new Map<string, ModelSession>();

  constructor(store: SessionStore, clock: ManualClock, purgeIntervalMs: number) {
    this.#store = store;
    this.#clock = clock;
    this.#purgeIntervalMs = purgeIntervalMs;
  }

  static anySteps(slots: number): fc.Arbitrary<StoreStep[]> {
    const target = {
      slot: fc.nat(slots - 1),
      id: fc.constantFrom('a', 'b', 'c', 'd', '__proto__'),
      value: fc.string({
        unit: fc.constantFrom('h', 'i', '\x00', '\xff'),
        minLength: 1,
        maxLength: 3,
      }),
    };
    const anyMs = fc.oneof(fc.nat(3_000), fc.nat(200_000), fc.nat(2 ** 35));
    const timed = fc.constantFrom('get', 'set', 'set', 'setInactive');
    const untimed = fc.constantFrom('amend', 'amend', 'delete');
    const step = fc.oneof(
      { weight: 12, arbitrary: fc.record({ kind: timed, ...target, inMs: anyMs }) },
      { weight: 4, arbitrary: fc.record({ kind: untimed, ...target }) },
      { weight: 5, arbitrary: fc.record({ kind: fc.constant('pass'), ms: anyMs }) },
      {
        weight: 4,
        arbitrary: fc.record({
          kind: fc.constant('purge'),
          visits: fc.integer({ min: 1, max: 4 }),
        }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear') }) },
    );
    return fc.array(step as fc.Arbitrary<StoreStep>, { maxLength: 200 });
  }

  apply(step: StoreStep): void {
    const store = this.#store;
    switch (step.kind) {
      case 'get':
        assert.equal(store.get(step.slot, step.id, this.#in(step.inMs)), this.#get(step));
        break;
      case 'set':
        store.set(step.slot, step.id, step.value, this.#in(step.inMs));
        this.#sessions.set(keyOf(step), { value: step.value, deadlineMs: this.#in(step.inMs) });
        break;
      case 'setInactive':
        store.setInactive(step.slot, step.id, this.#in(step.inMs));
        this.#move(step, step.inMs);
        break;
      case 'amend':
        store.amend(step.slot, step.id, step.value, '+');
        this.#amend(step);
        break;
      case 'delete':
        assert.equal(store.delete(step.slot, step.id), this.#live(step) !== undefined);
        this.#sessions.delete(keyOf(step));
        break;
      case 'pass':
        this.#clock.jump(step.ms);
        break;
      case 'purge':
        store.purge(step.visits);
        break;
      case 'clear':
        store.clear();
        this.#sessions.clear();
    }
    this.#checkSize();
  }

  /** All that is left expires, and then nothing is left. */
  checkEnd(): void {
    this.#clock.jump(2 ** 36 + this.#purgeIntervalMs);
    for (let i = 0; this.#store.purge(10) === 0; i++) assert(i < 10_000);
    assert.equal(this.#store.size, 0);
    assert.equal(this.#store.counts().bytes, 0);
  }

  #in(ms: number): number {
    return this.#clock.now() + ms;
  }

  #live(target: { slot: number; id: string }): ModelSession | undefined {
    const session = this.#sessions.get(keyOf(target));
    return session !== undefined && session.deadlineMs > this.#clock.now() ? session : undefined;
  }

  #get(step: { slot: number; id: string; inMs: number }): string | undefined {
    this.#move(step, step.inMs);
    return this.#sessions.get(keyOf(step))?.value;
  }

  #move(target: { slot: number; id: string }, inMs: number): void {
    const session = this.#live(target);
    if (session === undefined) this.#sessions.delete(keyOf(target));
    else session.deadlineMs = this.#in(inMs);
  }

  #amend(target: { slot: number; id: string; value: string }): void {
    const session = this.#live(target);
    if (session?.value.startsWith(target.value)) session.value += '+';
  }

  /** At least those that live; expired ones may wait for a purge. */
  #checkSize(): void {
    const live = [...this.#sessions.values()].filter(
      ({ deadlineMs }) => deadlineMs > this.#clock.now(),
    );
    assert(this.#store.size >= live.length && this.#store.size <= this.#sessions.size);
  }
}

function keyOf({ slot, id }: { slot: number; id: string }): string {
  return `${slot}:${id}`;
}
