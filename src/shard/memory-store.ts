import type { Clock } from '../clock.js';
import type { ShardCounts } from '../shard-counts.js';
import { slotsOfShard } from '../slots.js';
import { EvictionQueue } from './eviction-queue.js';
import { ExpiryWheel, isExpired } from './expiry-wheel.js';
import type { SessionStore, StoreLimits } from './session-store.js';
import { SessionTable } from './session-table.js';

const UNLIMITED: StoreLimits = {
  sessionsMax: Number.POSITIVE_INFINITY,
  bytesMax: Number.POSITIVE_INFINITY,
  overflow: 'reject',
};

export interface MemoryStoreOptions {
  readonly shard: number;
  readonly shards: number;
  readonly purgeIntervalMs: number;
  readonly clock: Clock;
  /** Default: none. */
  readonly limits?: StoreLimits;
  /** Told of a session that is given up, before it is. */
  readonly onEvicted?: (entry: number) => void;
}

/**
 * Sessions in the shard's memory, within limits. All are in the wheel, which frees them when they have
 * expired; the inactive ones are also in a queue, in the order in which they are given up when there
 * is no room.
 */
export class MemoryStore implements SessionStore {
  readonly #clock: Clock;
  readonly #limits: StoreLimits;
  readonly #onEvicted: ((entry: number) => void) | undefined;
  /** To be read by others; what is in it must be adopted before anything is done. */
  readonly table: SessionTable;
  readonly #wheel: ExpiryWheel;
  readonly #inactive: EvictionQueue;
  #inactiveBytes = 0;
  #hits = 0;
  #misses = 0;
  #sets = 0;
  #expired = 0;
  #evictedForSessions = 0;
  #evictedForBytes = 0;
  #refused = 0;

  constructor(options: MemoryStoreOptions) {
    const { shard, shards, purgeIntervalMs, clock, limits = UNLIMITED, onEvicted } = options;
    this.#clock = clock;
    this.#limits = limits;
    this.#onEvicted = onEvicted;
    this.table = new SessionTable({ slots: slotsOfShard(shard, shards) });
    const { rows } = this.table;
    const onExpired = (entry: number) => {
      this.#expired++;
      this.#free(entry);
    };
    this.#wheel = new ExpiryWheel(purgeIntervalMs, clock.now(), onExpired, {
      deadlines: rows.deadlines,
      next: rows.wheelNext,
      previous: rows.wheelPrevious,
    });
    this.#inactive = new EvictionQueue((entry) => this.#wheel.deadlineOf(entry), {
      places: rows.queuePlaces,
      next: rows.queueNext,
      previous: rows.queuePrevious,
    });
  }

  get size(): number {
    return this.table.size;
  }

  /** Takes over a session that was put into the table. */
  adopt(entry: number, deadline: number, isActive: boolean): void {
    this.#wheel.schedule(entry, deadline);
    if (!isActive) this.#joinInactive(entry);
  }

  /** Gives up inactive sessions as long as more were adopted than the limits allow. */
  shrinkToLimits(): void {
    while (!this.#fits(0, 0)) {
      const entry = this.#inactive.earliest();
      if (entry === undefined) return;
      this.#giveUp(entry, 0);
    }
  }

  get(slot: number, id: string, deadline: number): string | undefined {
    const entry = this.#findLive(slot, id);
    if (entry === undefined) {
      this.#misses++;
      return undefined;
    }
    this.#hits++;
    this.#leaveInactive(entry);
    this.#wheel.reschedule(entry, deadline);
    return this.table.valueOf(entry);
  }

  set(slot: number, id: string, value: string, deadline: number): boolean {
    const entry = this.#findLive(slot, id);
    let stored: boolean;
    if (entry === undefined) stored = this.#add(slot, id, value, deadline);
    else stored = this.#replace(entry, value, deadline);
    if (stored) this.#sets++;
    else this.#refused++;
    return stored;
  }

  setInactiveValue(slot: number, id: string, value: string, deadline: number): boolean {
    const stored = this.set(slot, id, value, deadline);
    this.setInactive(slot, id, deadline);
    return stored;
  }

  setInactive(slot: number, id: string, deadline: number): void {
    const entry = this.#findLive(slot, id);
    if (entry === undefined) return;
    this.#leaveInactive(entry);
    this.#wheel.reschedule(entry, deadline);
    this.#joinInactive(entry);
  }

  amend(slot: number, id: string, valueHead: string, addition: string): boolean {
    const entry = this.#findLive(slot, id);
    if (entry === undefined || !this.table.startsWith(entry, valueHead)) return true;
    if (this.#append(entry, addition)) return true;
    this.table.end(entry);
    this.#refused++;
    return false;
  }

  /** `undefined` without a session. */
  valueBytesOf(slot: number, id: string): number | undefined {
    const entry = this.#findLive(slot, id);
    return entry === undefined ? undefined : this.table.valueBytesOf(entry);
  }

  delete(slot: number, id: string): boolean {
    const entry = this.#findLive(slot, id);
    if (entry === undefined) return false;
    this.#remove(entry);
    return true;
  }

  clear(): void {
    this.table.clear();
    this.#wheel.clear();
    this.#inactive.clear();
    this.#inactiveBytes = 0;
  }

  counts(): ShardCounts {
    return {
      sessions: this.table.size,
      bytes: this.table.bytes,
      hits: this.#hits,
      misses: this.#misses,
      sets: this.#sets,
      expired: this.#expired,
      evictedForSessions: this.#evictedForSessions,
      evictedForBytes: this.#evictedForBytes,
      refused: this.#refused,
      writeErrors: 0,
    };
  }

  commit(_syncs: boolean, done: (safe: boolean) => void): void {
    done(true);
  }

  close(): void {}

  purge(visitsMax: number): number {
    const nowMs = this.#clock.now();
    const visitsLeft = this.#wheel.advance(nowMs, visitsMax);
    return visitsLeft === 0 ? 0 : this.#wheel.msToNextTick(nowMs);
  }

  isActive(entry: number): boolean {
    return !this.#inactive.has(entry);
  }

  deadlineOf(entry: number): number {
    return this.#wheel.deadlineOf(entry);
  }

  /** The entry of a session that has not expired; one that has is freed on the spot. */
  #findLive(slot: number, id: string): number | undefined {
    const nowMs = this.#clock.now();
    this.#wheel.turnBack(nowMs);
    const entry = this.table.find(slot, id);
    if (entry === undefined) return undefined;
    if (!isExpired(this.#wheel.deadlineOf(entry), nowMs)) return entry;
    this.#expired++;
    this.#remove(entry);
    return undefined;
  }

  #add(slot: number, id: string, value: string, deadline: number): boolean {
    if (!this.#makeRoom(1, this.table.bytesOfNew(id, value))) return false;
    const entry = this.table.add(slot, id, value);
    if (entry === undefined) return false;
    this.#wheel.schedule(entry, deadline);
    return true;
  }

  #replace(entry: number, value: string, deadline: number): boolean {
    if (!this.#makeRoom(0, this.table.bytesToReplace(entry, value), entry)) return false;
    const wasInactive = this.#leaveInactive(entry);
    const replaced = this.table.replace(entry, value);
    if (replaced) this.#wheel.reschedule(entry, deadline);
    else if (wasInactive) this.#joinInactive(entry);
    return replaced;
  }

  #append(entry: number, addition: string): boolean {
    const bytes = this.table.bytesToAppend(entry, addition);
    if (!this.table.canAppend(entry, addition) || !this.#makeRoom(0, bytes, entry)) return false;
    if (!this.table.append(entry, addition)) return false;
    if (this.#inactive.has(entry)) this.#inactiveBytes += bytes;
    return true;
  }

  /**
   * Sees to it that so much more fits into the limits: frees what has expired, then gives up inactive
   * sessions nearest to expiry, but never `kept`. False if that is not enough; then none is given up.
   */
  #makeRoom(sessions: number, bytes: number, kept?: number): boolean {
    if (this.#fits(sessions, bytes)) return true;
    const keptInactive = kept !== undefined && this.#leaveInactive(kept);
    this.#freeExpired(sessions, bytes);
    const fits = this.#fits(sessions, bytes) || this.#evict(sessions, bytes);
    if (keptInactive) this.#joinInactive(kept);
    return fits;
  }

  #fits(sessions: number, bytes: number): boolean {
    return this.#fitsSessions(sessions) && this.table.bytes + bytes <= this.#limits.bytesMax;
  }

  #fitsSessions(sessions: number): boolean {
    return this.table.size + sessions <= this.#limits.sessionsMax;
  }

  #freeExpired(sessions: number, bytes: number): void {
    const nowMs = this.#clock.now();
    while (!this.#fits(sessions, bytes)) {
      const entry = this.#inactive.earliest();
      if (entry === undefined || !isExpired(this.#wheel.deadlineOf(entry), nowMs)) return;
      this.#expired++;
      this.#remove(entry);
    }
  }

  #evict(sessions: number, bytes: number): boolean {
    if (this.#limits.overflow === 'reject') return false;
    const enough = this.#fits(sessions - this.#inactive.size, bytes - this.#inactiveBytes);
    if (!enough) return false;
    while (!this.#fits(sessions, bytes)) {
      const entry = this.#inactive.earliest();
      if (entry === undefined) return false;
      this.#giveUp(entry, sessions);
    }
    return true;
  }

  #giveUp(entry: number, sessions: number): void {
    if (this.#fitsSessions(sessions)) this.#evictedForBytes++;
    else this.#evictedForSessions++;
    this.#onEvicted?.(entry);
    this.#remove(entry);
  }

  /** True if it was inactive. */
  #leaveInactive(entry: number): boolean {
    if (!this.#inactive.has(entry)) return false;
    this.#inactive.remove(entry);
    this.#inactiveBytes -= this.table.bytesOf(entry);
    return true;
  }

  #joinInactive(entry: number): void {
    this.#inactive.add(entry);
    this.#inactiveBytes += this.table.bytesOf(entry);
  }

  #remove(entry: number): void {
    this.#wheel.deschedule(entry);
    this.#free(entry);
  }

  /** Frees an entry that is out of the wheel. */
  #free(entry: number): void {
    this.#leaveInactive(entry);
    this.table.remove(entry);
  }
}
