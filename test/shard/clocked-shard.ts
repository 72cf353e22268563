import assert from 'node:assert/strict';
import type { JournalStore } from '../../src/shard/journal-store.js';
import { ManualClock } from '../twins/manual-clock.js';
import { SimulatedDisk } from '../twins/simulated-disk.js';
import { type StoreState, stateOf } from './journal-history.js';
import { createStore, DAY_MS } from './journaled.js';

const NOON = Date.UTC(2026, 10, 27, 12);
/** Of each shard, in which sessions are. */
export const SLOTS = 4;

/** A shard on a machine whose clock is set. A process reads it when it starts, and again only when it asks for `wall`. */
export class ClockedShard {
  clock: ManualClock;
  store: JournalStore;
  disk = new SimulatedDisk();
  /** What a right clock would show. */
  trueMs = NOON;
  /** How far the machine's clock is ahead of that. */
  aheadMs: number;
  readonly #shard: { readonly shard: number; readonly shards: number };

  constructor(aheadMs = 0, shards = 1) {
    this.aheadMs = aheadMs;
    this.#shard = { shard: shards - 1, shards };
    this.clock = new ManualClock(this.trueMs + aheadMs);
    this.store = this.#create(DAY_MS);
  }

  #create(inactiveSessionLifetimeMs: number | undefined): JournalStore {
    const { clock, disk } = this;
    const fsync = 'everysec';
    return createStore({ disk, clock, fsync, inactiveSessionLifetimeMs, ...this.#shard });
  }

  inMs(ms: number): number {
    return this.clock.now() + ms;
  }

  setClock(aheadMs: number): void {
    this.aheadMs = aheadMs;
    this.clock.setWall(this.trueMs + aheadMs);
  }

  pass(ms: number): void {
    this.trueMs += ms;
    this.clock.advance(ms);
  }

  /** The machine sleeps: its clock goes on, the monotonic one does not. */
  suspend(ms: number): void {
    this.trueMs += ms;
    this.clock.setWall(this.trueMs + this.aheadMs);
  }

  commit(): void {
    this.store.commit(false, () => {});
  }

  /** Some things go on a little, among them what was begun in the background. */
  async progress(): Promise<boolean> {
    const did = [this.disk.completeLater(), this.clock.runTurn()];
    for (let i = 0; i < 4; i++) await Promise.resolve();
    return did.includes(true);
  }

  async settle(): Promise<void> {
    for (let i = 0; await this.progress(); i++) assert.ok(i < 10_000, 'it settles');
  }

  restartProcess(aheadMs = this.aheadMs): this {
    this.disk = this.disk.afterKill();
    this.aheadMs = aheadMs;
    this.clock = new ManualClock(this.trueMs + aheadMs);
    this.store = this.#create(DAY_MS);
    return this;
  }

  restartWorker(): this {
    this.disk = this.disk.afterKill();
    const wallMs = this.clock.wall();
    this.clock = new ManualClock(this.clock.now());
    this.clock.setWall(wallMs);
    this.store = this.#create(undefined);
    return this;
  }

  /** Ids with the ms that they have left. */
  get lefts(): Record<string, number> {
    const nowMs = this.clock.now();
    const state: StoreState = stateOf(this.store, SLOTS);
    const live = state.filter(({ deadlineMs }) => deadlineMs > nowMs);
    return Object.fromEntries(live.map(({ id, deadlineMs }) => [id, deadlineMs - nowMs]));
  }

  close(): void {
    this.store.commit(true, () => {});
    this.store.close();
  }
}
