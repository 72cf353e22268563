import type { Clock } from '../../src/clock.js';
import type { SessionStore } from '../../src/shard/session-store.js';
import type { ShardCounts } from '../../src/shard-counts.js';
import { COUNT_NAMES } from '../../src/shard-counts.js';
import type { AppliedBatch } from './batch.js';
import type { Durability } from './durability.js';
import type { Departure, NaiveStore, Outcome } from './naive-store.js';
import { Violation } from './trace.js';

export interface PossibleDeparture extends Departure {
  readonly certain: boolean;
}

/** A store call as it was answered. */
export interface StoreAnswer {
  readonly method: 'get' | 'set' | 'setInactive' | 'amend' | 'delete' | 'clear' | 'size';
  readonly id: string;
  readonly result: string | number | boolean | undefined;
}

export interface StoreOracleOptions {
  readonly store: SessionStore;
  /** All that it may hold; nearly always one. */
  readonly naive: readonly NaiveStore[];
  readonly clock: Clock;
  /** What of it would be there for a successor; `undefined`: nothing. */
  readonly durability: Durability | undefined;
  /** Called before each operation on a session; may throw, and the store then does not get it. */
  readonly beforeEach: (id: string) => void;
}

/** The real store beside the naive one: each call goes to both, and both must say and count the same. */
export class StoreOracle implements SessionStore {
  /** The batch that is being applied. */
  batch: AppliedBatch | undefined;
  readonly #options: StoreOracleOptions;
  // All that the naive store may be after what the real one has answered: nearly always one.
  #possible: readonly NaiveStore[];

  constructor(options: StoreOracleOptions) {
    this.#options = options;
    this.#possible = options.naive;
    options.durability?.onOpened(this.#possible);
  }

  get size(): number {
    const { size } = this.#options.store;
    return this.#check('size', '', size, (naive) => naive.size());
  }

  get(slot: number, id: string, deadline: number): string | undefined {
    const { store } = this.#before(id);
    const result = store.get(slot, id, deadline);
    return this.#check('get', id, result, (naive, nowMs) => naive.get(id, deadline, nowMs));
  }

  set(slot: number, id: string, value: string, deadline: number): boolean {
    const { store } = this.#before(id);
    const result = store.set(slot, id, value, deadline);
    return this.#check('set', id, result, (naive, nowMs) => naive.set(id, value, deadline, nowMs));
  }

  /** The naive store has two calls for it, between which no other may come. */
  setInactiveValue(slot: number, id: string, value: string, deadline: number): boolean {
    const { store } = this.#before(id);
    const result = store.setInactiveValue(slot, id, value, deadline);
    return this.#check('set', id, result, (naive, nowMs) =>
      naive.set(id, value, deadline, nowMs).flatMap(({ store: after, result: stored }) => {
        const outcomes = after.setInactive(id, deadline, nowMs);
        return outcomes.map((outcome) => ({ ...outcome, result: stored }));
      }),
    );
  }

  setInactive(slot: number, id: string, deadline: number): void {
    const { store } = this.#before(id);
    store.setInactive(slot, id, deadline);
    this.#check('setInactive', id, undefined, (naive, nowMs) =>
      naive.setInactive(id, deadline, nowMs),
    );
  }

  amend(slot: number, id: string, head: string, addition: string): boolean {
    const { store } = this.#before(id);
    const result = store.amend(slot, id, head, addition);
    return this.#check('amend', id, result, (naive, nowMs) =>
      naive.amend(id, head, addition, nowMs),
    );
  }

  delete(slot: number, id: string): boolean {
    const { store } = this.#before(id);
    const result = store.delete(slot, id);
    return this.#check('delete', id, result, (naive, nowMs) => naive.delete(id, nowMs));
  }

  clear(): void {
    this.#options.store.clear();
    this.#check('clear', '', undefined, (naive) => naive.clear());
  }

  counts(): ShardCounts {
    return this.#options.store.counts();
  }

  commit(syncs: boolean, done: (safe: boolean) => void): void {
    let returned = false;
    const { store, durability } = this.#options;
    const { batch } = this;
    const mark = durability?.onCommit() ?? 0;
    const onWritten = () => durability?.onWritten();
    store.commit(syncs, (safe) => {
      // What has come since is written behind its own commit, later.
      if (!returned) onWritten();
      if (batch !== undefined) batch.safe = safe;
      durability?.onCommitted(mark, syncs, safe);
      done(safe);
    });
    returned = true;
    onWritten();
  }

  close(): void {
    this.#options.store.close();
  }

  purge(visitsMax: number): number {
    const { store, clock } = this.#options;
    const waitMs = store.purge(visitsMax);
    const { expired } = store.counts();
    this.#compare('purge', undefined, (naive) => naive.purge(clock.now(), expired));
    return waitMs;
  }

  /** Until when a session lives; `undefined` if it is not there, or not certain. */
  lifeOf(id: string): ReturnType<NaiveStore['lifeOf']> {
    return this.#possible.length === 1 ? this.#possible[0]?.lifeOf(id) : undefined;
  }

  /** Sessions that went on their own, and whether that is certain. */
  departures(): PossibleDeparture[] {
    return departuresOf(this.#possible);
  }

  #before(id: string): StoreOracleOptions {
    this.#options.beforeEach(id);
    return this.#options;
  }

  #check<Result extends StoreAnswer['result']>(
    method: StoreAnswer['method'],
    id: string,
    result: Result,
    apply: (naive: NaiveStore, nowMs: number) => Outcome[],
  ): Result {
    const nowMs = this.#options.clock.now();
    this.#compare(`${method} ${id}`, result, (naive) => apply(naive, nowMs));
    this.batch?.answers.push({ method, id, result });
    return result;
  }

  #compare(
    call: string,
    result: StoreAnswer['result'],
    apply: (naive: NaiveStore) => Outcome[],
  ): void {
    const counts = this.counts();
    const outcomes = this.#possible.flatMap(apply);
    const agreeing = outcomes.filter((outcome) => agrees(outcome, result, counts));
    const [first] = agreeing;
    if (first === undefined) {
      const expected = outcomes.map((outcome) => show(outcome.result, outcome.store.counts));
      const choice = expected.join(' or ') || 'nothing like that';
      throw new Violation(`${call} in the store: expected ${choice}, got ${show(result, counts)}`);
    }
    this.#possible = agreeing.length === 1 ? [first.store] : different(agreeing);
    this.#options.durability?.onDone(this.#possible);
  }
}

/** Sessions that went on their own in one of these stores, and whether they did in each. */
export function departuresOf(stores: readonly NaiveStore[]): PossibleDeparture[] {
  const all = new Map<string, { departure: Departure; times: number }>();
  for (const { departures } of stores) {
    for (const departure of departures) {
      const key = JSON.stringify(departure);
      const times = (all.get(key)?.times ?? 0) + 1;
      all.set(key, { departure, times });
    }
  }
  return [...all.values()].map(({ departure, times }) => ({
    ...departure,
    certain: times === stores.length,
  }));
}

function agrees(outcome: Outcome, result: StoreAnswer['result'], counts: ShardCounts): boolean {
  if (outcome.result !== result) return false;
  const { counts: expected } = outcome.store;
  // What the disk refuses is not for a store to know that has none.
  const isSame = (name: keyof ShardCounts) =>
    name === 'writeErrors' || expected[name] === counts[name];
  return COUNT_NAMES.every(isSame);
}

function different(outcomes: readonly Outcome[]): NaiveStore[] {
  return [...new Map(outcomes.map(({ store }) => [store.key, store])).values()];
}

function show(result: StoreAnswer['result'], counts: ShardCounts): string {
  const shown = typeof result === 'string' ? `${result.length} bytes` : result;
  return `${shown} with ${JSON.stringify(counts)}`;
}
