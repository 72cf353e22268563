import { isExpired } from '../../src/shard/expiry-wheel.js';
import type { JournalStore } from '../../src/shard/journal-store.js';

/** A session as a store holds it. */
export interface HeldSession {
  readonly id: string;
  readonly value: string;
  readonly deadlineMs: number;
  readonly isActive: boolean;
  readonly isEnded: boolean;
}

/** All sessions of a store, in the order of their ids. */
export type StoreState = readonly HeldSession[];

export function stateOf({ memory }: JournalStore, slots: number): StoreState {
  const { table } = memory;
  const state: HeldSession[] = [];
  for (let slot = 0; slot < slots; slot++) {
    for (const entry of table.entriesOf(slot)) {
      state.push({
        id: table.idOf(entry),
        value: table.valueOf(entry),
        deadlineMs: memory.deadlineOf(entry),
        isActive: memory.isActive(entry),
        isEnded: table.isEnded(entry),
      });
    }
  }
  return state.sort((one, other) => (one.id < other.id ? -1 : 1));
}

export function liveAt(nowMs: number, state: StoreState): StoreState {
  return state.filter(({ deadlineMs }) => !isExpired(deadlineMs, nowMs));
}

/** What a process finds that starts at `nowMs`: who was active lives until `deadlineMs`. */
export function startedAt(nowMs: number, deadlineMs: number, state: StoreState): StoreState {
  return liveAt(nowMs, state).map((session) =>
    session.isActive ? { ...session, isActive: false, deadlineMs } : session,
  );
}

export function textOf(state: StoreState): string {
  return state
    .map(({ id, value, deadlineMs, isActive, isEnded }) =>
      [id, value, deadlineMs, isActive ? 'active' : 'inactive', isEnded ? 'ended' : ''].join(' '),
    )
    .join('\n');
}

/** What a store held after each thing that was done, from the empty store on. */
export class StoreHistory {
  #states: StoreState[] = [[]];
  // What is expected of each state, as text: of one view, which is most often the one of the last question.
  #texts: (string | undefined)[] = [];
  #view = '';

  /** How many things were done. */
  get length(): number {
    return this.#states.length - 1;
  }

  get last(): StoreState {
    return this.#states.at(-1) as StoreState;
  }

  push(state: StoreState): void {
    this.#states.push(state);
  }

  /** Forgets what was done after the first `length` things. */
  cutTo(length: number): void {
    this.#states.length = length + 1;
    this.#texts.length = Math.min(this.#texts.length, length + 1);
  }

  /**
   * After how many things, from `least` on, the store was as `held` is, if it is seen through `view`;
   * `undefined` if it never was. Equal names are equal views.
   */
  find(
    held: StoreState,
    least: number,
    name: string,
    view: (state: StoreState) => StoreState,
  ): number | undefined {
    if (name !== this.#view) {
      this.#view = name;
      this.#texts = [];
    }
    const text = textOf(held);
    for (let i = this.length; i >= least; i--) {
      this.#texts[i] ??= textOf(view(this.#states[i] as StoreState));
      if (this.#texts[i] === text) return i;
    }
    return undefined;
  }
}
