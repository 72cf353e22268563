import type { SessionStore, StoreLimits } from '../../src/shard/session-store.js';
import { ManualClock } from '../twins/manual-clock.js';

const HOUR_MS = 3_600_000;
const UNLIMITED = Number.POSITIVE_INFINITY;

export type CreateLimitedStore = (clock: ManualClock, limits: StoreLimits) => SessionStore;

/** Sessions of one size in slot 0. */
export class Sessions {
  readonly #store: SessionStore;
  readonly #clock: ManualClock;

  constructor(store: SessionStore, clock: ManualClock) {
    this.#store = store;
    this.#clock = clock;
  }

  in(ms: number): number {
    return this.#clock.now() + ms;
  }

  set(id: string, value = 'value'): boolean {
    return this.#store.set(0, id, value, this.in(HOUR_MS));
  }

  setInactive(id: string, inMs: number, value = 'value'): boolean {
    const stored = this.set(id, value);
    this.#store.setInactive(0, id, this.in(inMs));
    return stored;
  }

  /** Both in one. */
  setInactiveValue(id: string, inMs: number, value = 'value'): boolean {
    return this.#store.setInactiveValue(0, id, value, this.in(inMs));
  }

  amend(id: string, addition: string): boolean {
    return this.#store.amend(0, id, '', addition);
  }

  get(id: string): string | undefined {
    return this.#store.get(0, id, this.in(HOUR_MS));
  }

  /** Which of the ids are stored; makes them active. */
  stored(...ids: string[]): string[] {
    return ids.filter((id) => this.get(id) !== undefined);
  }
}

/** Stores with limits, and what sessions take in them. */
export function limitedStores(create: CreateLimitedStore) {
  const setUp = (limits: Partial<StoreLimits>) => {
    const clock = new ManualClock();
    const store = create(clock, {
      sessionsMax: UNLIMITED,
      bytesMax: UNLIMITED,
      overflow: 'evict-inactive',
      ...limits,
    });
    return { store, clock, sessions: new Sessions(store, clock) };
  };

  /** What one session with an id of one character takes. */
  const bytesOf = (value: string): number => {
    const { store, sessions } = setUp({});
    sessions.set('a', value);
    return store.counts().bytes;
  };

  /** Room for `count` sessions with the value `value`, and `more` bytes. */
  const roomFor = (count: number, more = 0) => ({ bytesMax: count * bytesOf('value') + more });

  return { setUp, bytesOf, roomFor };
}
