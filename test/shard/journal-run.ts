import assert from 'node:assert/strict';
import type { FsyncPolicy } from '../../src/shard/journal/log-writer.js';
import type { JournalStore } from '../../src/shard/journal-store.js';
import { MemoryStore } from '../../src/shard/memory-store.js';
import type { SessionStore } from '../../src/shard/session-store.js';
import { Random } from '../simulation/random.js';
import { ManualClock } from '../twins/manual-clock.js';
import { SimulatedDisk } from '../twins/simulated-disk.js';
import {
  liveAt,
  StoreHistory,
  type StoreState,
  startedAt,
  stateOf,
  textOf,
} from './journal-history.js';
import { createStore, DAY_MS } from './journaled.js';

const SESSIONS = 7;
/** One is evicted now and then. */
const SESSIONS_MAX = 5;
/** A value or an addition is more now and then, and refused: nothing may be appended behind such an addition. */
const BYTES_MAX = 10_000;
const TOO_LONG = 'x'.repeat(BYTES_MAX);
const REFUSED_EACH = 5;
const LIMITS = {
  sessionsMax: SESSIONS_MAX,
  bytesMax: BYTES_MAX,
  overflow: 'evict-inactive',
} as const;
const SHARDS = 256;
export const SLOTS = 4;

const OPERATIONS = {
  set: 10,
  setInactiveValue: 15,
  setInactive: 8,
  get: 10,
  amend: 15,
  delete: 4,
  clear: 0.3,
};
const AROUND = { operation: 60, commit: 25, progress: 30, advance: 5, compact: 3, sync: 0.6 };
const ENDS = { restartWorker: 0.5, restartProcess: 0.5, cutPower: 0.5 };
const NO_ENDS = { restartWorker: 0, restartProcess: 0, cutPower: 0 };

/** How the store is made again. */
export interface Start {
  readonly disk: SimulatedDisk;
  readonly boot: number;
  readonly isProcess: boolean;
}

/**
 * Random operations on a store, commits, and what goes on around it: time, the disk, compactions, the ends of
 * workers, processes and of the machine. Tells what the store held after each, and how much of that must not be lost.
 */
export class JournalRun {
  readonly fsync: FsyncPolicy;
  readonly random: Random;
  readonly clock = new ManualClock();
  readonly history = new StoreHistory();
  readonly told: string[] = [];
  disk = new SimulatedDisk();
  store: JournalStore;
  boot = 1;
  /** How many things were acknowledged, and are not lost when the process ends. */
  acknowledged = 0;
  /** How many are not lost to a power cut. */
  safe = 0;
  operations = 0;
  /** A store without a disk, which does and gives the same. */
  beside: MemoryStore | undefined;
  /** Told of a commit that was acknowledged. */
  onAcknowledged: (safe: boolean) => void = () => {};

  constructor(fsync: FsyncPolicy, seed: number, watch: (disk: SimulatedDisk) => void = () => {}) {
    this.fsync = fsync;
    this.random = new Random(seed);
    watch(this.disk);
    this.store = this.#create({ disk: this.disk, boot: this.boot, isProcess: true }, this.clock);
  }

  putBeside(): void {
    const { clock } = this;
    const sizes = { shard: 0, shards: SHARDS, purgeIntervalMs: 1_000 };
    this.beside = new MemoryStore({ ...sizes, clock, limits: LIMITS });
  }

  /** What would be found on a disk. */
  probe(start: Start): JournalStore {
    return this.#create(start, new ManualClock(this.clock.now()));
  }

  #create({ disk, boot, isProcess }: Start, clock: ManualClock): JournalStore {
    return createStore({
      disk,
      clock,
      fsync: this.fsync,
      shards: SHARDS,
      bootId: Buffer.alloc(16, boot),
      limits: LIMITS,
      inactiveSessionLifetimeMs: isProcess ? DAY_MS : undefined,
      listener: {
        onLoading: () => {},
        onDegraded: () => this.told.push('degraded'),
        onRecovered: () => this.told.push('recovered'),
      },
    });
  }

  /** After how many things what is held was held, at least `least`. */
  find(store: JournalStore, least: number, isProcess: boolean): number | undefined {
    const nowMs = this.clock.now();
    const held = liveAt(nowMs, stateOf(store, SLOTS));
    const view = isProcess
      ? (state: StoreState) => startedAt(nowMs, nowMs + DAY_MS, state)
      : (state: StoreState) => liveAt(nowMs, state);
    return this.history.find(held, least, `${nowMs} ${isProcess}`, view);
  }

  /** Does something; `mayEnd`: what it is may be the end of the worker, the process or the machine. */
  async step(mayEnd: boolean): Promise<void> {
    const kind = this.random.weighted({ ...AROUND, ...(mayEnd ? ENDS : NO_ENDS) });
    switch (kind) {
      case 'operation':
        this.operate();
        break;
      case 'commit':
        this.commit();
        break;
      case 'progress':
        await this.progress();
        break;
      case 'advance':
        this.clock.advance(this.random.between(1, 2_000));
        break;
      case 'compact':
        this.commit();
        this.store.compact();
        break;
      case 'sync':
        await this.sync();
        break;
      case 'cutPower':
        this.#cutPower();
        break;
      default:
        this.commit();
        this.#restart(this.disk.afterKill(), kind === 'restartProcess');
    }
    this.store.purge(10);
    this.beside?.purge(10);
  }

  /** One operation; gives what it gave. */
  operate(): unknown {
    const { random, store, clock } = this;
    this.operations++;
    const session = random.below(SESSIONS);
    const id = `${session}`;
    const before = liveAt(clock.now(), stateOf(store, SLOTS));
    const result = this.#operate(random.weighted(OPERATIONS), session % SLOTS, id);
    const after = stateOf(store, SLOTS);
    this.#pushEvicted(before, after, id);
    this.history.push(after);
    return result;
  }

  #operate(kind: keyof typeof OPERATIONS, slot: number, id: string): unknown {
    const { random } = this;
    const deadline = this.clock.now() + random.between(1, 6_000);
    const result = act(this.store, { kind, slot, id, deadline, number: this.operations });
    if (this.beside === undefined) return result;
    const expected = act(this.beside, { kind, slot, id, deadline, number: this.operations });
    assert.deepEqual(result, expected, kind);
    return result;
  }

  /** Giving one up and storing another are two things, and only the first may be there after a crash. */
  #pushEvicted(before: StoreState, after: StoreState, id: string): void {
    const left = new Set(after.map((session) => session.id));
    const evicted = before.filter((session) => session.id !== id && !left.has(session.id));
    if (evicted.length !== 1) return;
    this.history.push(before.filter((session) => session !== evicted[0]));
  }

  commit(): void {
    const { length } = this.history;
    const { store } = this;
    store.commit(false, (safe) => {
      if (store !== this.store) return;
      if (safe) this.acknowledged = Math.max(this.acknowledged, length);
      if (safe && this.fsync === 'always') this.safe = Math.max(this.safe, length);
      this.onAcknowledged(safe);
    });
  }

  /** Lets what waits for the disk, or for a turn, go on a little. */
  async progress(): Promise<boolean> {
    const did = [this.disk.completeLater(), this.clock.runTurn()];
    for (let i = 0; i < 4; i++) await Promise.resolve();
    return did.includes(true);
  }

  async settle(): Promise<void> {
    for (let i = 0; await this.progress(); i++) assert.ok(i < 1_000, 'it settles');
  }

  /** Goes on until all that was done is safe, if the policy ever makes it so. */
  async sync(): Promise<void> {
    this.commit();
    const { length } = this.history;
    for (let i = 0; i < 3; i++) {
      this.clock.advance(1_000);
      await this.settle();
    }
    const isDegraded = this.told.length % 2 === 1;
    if (this.fsync !== 'never' && !isDegraded) this.safe = length;
  }

  #restart(disk: SimulatedDisk, isProcess: boolean): void {
    const nowMs = this.clock.now();
    disk.onChange = this.disk.onChange;
    disk.faultOf = this.disk.faultOf;
    this.disk.onChange = () => {};
    this.disk = disk;
    const { length } = this.history;
    if (isProcess) this.history.push(startedAt(nowMs, nowMs + DAY_MS, this.history.last));
    this.store = this.#create({ disk, boot: this.boot, isProcess }, this.clock);
    const held = liveAt(nowMs, stateOf(this.store, SLOTS));
    assert.equal(textOf(held), textOf(liveAt(nowMs, this.history.last)));
    this.acknowledged = this.history.length;
    // What was there is safe; that a process has started is written then.
    this.safe = length;
  }

  #cutPower(): void {
    const disk = this.disk.afterPowerCut(randomCut(this.random));
    this.boot++;
    const probe = this.probe({ disk: disk.afterKill(), boot: this.boot, isProcess: false });
    const length = this.find(probe, this.safe, false);
    assert.ok(length !== undefined, 'what is there after a power cut is what was there once');
    this.history.cutTo(length);
    this.acknowledged = length;
    this.safe = length;
    this.#restart(disk, true);
  }
}

export function randomCut(random: Random): {
  reaches: () => boolean;
  bytesOf: (length: number) => number;
} {
  const odds = random.pick([0.2, 0.5, 0.8, 0.95]);
  return {
    reaches: () => random.chance(odds),
    bytesOf: (length) => (random.chance(0.7) ? length : random.below(length + 1)),
  };
}

interface Operation {
  readonly kind: keyof typeof OPERATIONS;
  readonly slot: number;
  readonly id: string;
  readonly deadline: number;
  readonly number: number;
}

function act(store: SessionStore, { kind, slot, id, deadline, number }: Operation): unknown {
  const isTooLong = number % REFUSED_EACH === 0;
  switch (kind) {
    case 'set':
      return store.set(slot, id, `v${number}`, deadline);
    case 'setInactiveValue':
      return store.setInactiveValue(slot, id, isTooLong ? TOO_LONG : `v${number}`, deadline);
    case 'setInactive':
      return store.setInactive(slot, id, deadline);
    case 'get':
      return store.get(slot, id, deadline);
    case 'amend':
      return store.amend(slot, id, 'v', isTooLong ? TOO_LONG : `+${number}`);
    case 'delete':
      return store.delete(slot, id);
    default:
      return store.clear();
  }
}
