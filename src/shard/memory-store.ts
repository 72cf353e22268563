import type { Clock } from '../clock.js';
import { slotsOfShard } from '../slots.js';
import { NumberColumn, StringColumn } from './column.js';
import { ExpiryWheel, isExpired } from './expiry-wheel.js';
import type { SessionStore, StoreReport } from './session-store.js';

/**
 * What a session costs beside its id and value: the string headers, its share of the Map and of the
 * columns. Measured; see `docs/decisions.md`.
 */
const ENTRY_OVERHEAD_BYTES = 112;

export interface MemoryStoreOptions {
  readonly shard: number;
  readonly shards: number;
  readonly purgeIntervalMs: number;
  readonly clock: Clock;
}

/**
 * Sessions on the shard's heap. Each has an entry number; the Map of its slot leads from the id to
 * the entry, columns hold the rest. So the garbage collector sees a few large arrays and not millions
 * of objects.
 */
export class MemoryStore implements SessionStore {
  readonly #clock: Clock;
  readonly #slots: Map<string, number>[];
  readonly #wheel: ExpiryWheel;
  readonly #ids = new StringColumn();
  readonly #values = new StringColumn();
  readonly #slotOfEntry = new NumberColumn(Int32Array);
  // What was added to values, by entry. Looking at a string that grows would copy all of it each time.
  readonly #additions = new Map<number, string[]>();
  readonly #freeEntries: number[] = [];
  #entryEnd = 0;
  #sessions = 0;
  #bytes = 0;
  #hits = 0;
  #misses = 0;
  #sets = 0;
  #expired = 0;

  constructor({ shard, shards, purgeIntervalMs, clock }: MemoryStoreOptions) {
    this.#clock = clock;
    this.#slots = Array.from({ length: slotsOfShard(shard, shards) }, () => new Map());
    this.#wheel = new ExpiryWheel(purgeIntervalMs, clock.now(), (entry) => this.#release(entry));
  }

  get size(): number {
    return this.#sessions;
  }

  get(slot: number, id: string, deadline: number): string | undefined {
    const entry = this.#findLive(slot, id);
    if (entry === undefined) {
      this.#misses++;
      return undefined;
    }
    this.#hits++;
    this.#wheel.reschedule(entry, deadline);
    return this.#amendedValue(entry);
  }

  set(slot: number, id: string, value: string, deadline: number): void {
    this.#sets++;
    const entry = this.#mapOf(slot).get(id);
    if (entry === undefined) {
      this.#add(slot, id, value, deadline);
      return;
    }
    this.#bytes += value.length - this.#amendedValue(entry).length;
    this.#values.set(entry, value);
    this.#wheel.reschedule(entry, deadline);
  }

  setInactive(slot: number, id: string, deadline: number): void {
    const entry = this.#findLive(slot, id);
    if (entry === undefined) return;
    this.#wheel.reschedule(entry, deadline);
  }

  amend(slot: number, id: string, valueHead: string, addition: string): void {
    const entry = this.#findLive(slot, id);
    if (entry === undefined) return;
    if (!this.#values.get(entry).startsWith(valueHead)) return;
    const additions = this.#additions.get(entry);
    if (additions === undefined) this.#additions.set(entry, [addition]);
    else additions.push(addition);
    this.#bytes += addition.length;
  }

  delete(slot: number, id: string): boolean {
    const entry = this.#findLive(slot, id);
    if (entry === undefined) return false;
    this.#wheel.deschedule(entry);
    this.#free(entry);
    return true;
  }

  clear(): void {
    for (const map of this.#slots) map.clear();
    this.#wheel.clear();
    this.#ids.clear();
    this.#values.clear();
    this.#additions.clear();
    this.#freeEntries.length = 0;
    this.#entryEnd = 0;
    this.#sessions = 0;
    this.#bytes = 0;
  }

  report(): StoreReport {
    return {
      sessions: this.#sessions,
      bytes: this.#bytes,
      hits: this.#hits,
      misses: this.#misses,
      sets: this.#sets,
      expired: this.#expired,
      evicted: 0,
    };
  }

  purge(visitsMax: number): number {
    const nowMs = this.#clock.now();
    const visitsLeft = this.#wheel.advance(nowMs, visitsMax);
    return visitsLeft === 0 ? 0 : this.#wheel.msToNextTick(nowMs);
  }

  /** `slot` counts within the shard, so there is a Map for it. */
  #mapOf(slot: number): Map<string, number> {
    return this.#slots[slot] as Map<string, number>;
  }

  /** The entry of a session that has not expired; one that has is freed on the spot. */
  #findLive(slot: number, id: string): number | undefined {
    const entry = this.#mapOf(slot).get(id);
    if (entry === undefined) return undefined;
    if (!isExpired(this.#wheel.deadlineOf(entry), this.#clock.now())) return entry;
    this.#wheel.deschedule(entry);
    this.#release(entry);
    return undefined;
  }

  /** The value with what was added to it, in one again. */
  #amendedValue(entry: number): string {
    const additions = this.#additions.get(entry);
    if (additions === undefined) return this.#values.get(entry);
    const value = this.#values.get(entry) + additions.join('');
    this.#values.set(entry, value);
    this.#additions.delete(entry);
    return value;
  }

  #add(slot: number, id: string, value: string, deadline: number): void {
    const entry = this.#freeEntries.pop() ?? this.#newEntry();
    this.#mapOf(slot).set(id, entry);
    this.#ids.set(entry, id);
    this.#values.set(entry, value);
    this.#slotOfEntry.set(entry, slot);
    this.#wheel.schedule(entry, deadline);
    this.#sessions++;
    this.#bytes += ENTRY_OVERHEAD_BYTES + id.length + value.length;
  }

  #newEntry(): number {
    const entry = this.#entryEnd++;
    this.#ids.reach(entry);
    this.#values.reach(entry);
    this.#slotOfEntry.reach(entry);
    return entry;
  }

  /** Frees an expired entry that is out of the wheel. */
  #release(entry: number): void {
    this.#expired++;
    this.#free(entry);
  }

  #free(entry: number): void {
    const id = this.#ids.get(entry);
    this.#mapOf(this.#slotOfEntry.get(entry)).delete(id);
    this.#bytes -= ENTRY_OVERHEAD_BYTES + id.length + this.#amendedValue(entry).length;
    this.#ids.set(entry, '');
    this.#values.set(entry, '');
    this.#sessions--;
    this.#freeEntries.push(entry);
  }
}
