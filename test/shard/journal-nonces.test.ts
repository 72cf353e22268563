import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JournalStore } from '../../src/shard/journal-store.js';
import { Random } from '../simulation/random.js';
import { ManualClock } from '../twins/manual-clock.js';
import { type DiskCall, SimulatedDisk } from '../twins/simulated-disk.js';
import { randomCut } from './journal-run.js';
import { createStore, DAY_MS } from './journaled.js';
import { NonceLedger } from './nonce-ledger.js';

const KEY = new Uint8Array(32).fill(7);
/** Changes of the disk at which each run is ended. */
const POINTS = 200;
const SEEDS = 2;
/** How many of the starts are ended in their turn, and how deep. */
const AGAIN = 0.03;
const DEPTH_MAX = 2;
const STEP_WEIGHTS = {
  set: 40,
  remove: 10,
  commit: 20,
  later: 25,
  advance: 4,
  compact: 6,
  restart: 2,
};

/** A shard with an encrypted journal, whose disk ends, tears and refuses writes. */
class EncryptedRun {
  readonly random: Random;
  readonly ledger = new NonceLedger();
  readonly clock = new ManualClock();
  disk = new SimulatedDisk();
  store: JournalStore;
  points = 0;
  #lastWrite: { path: string; sizeBefore: number } | undefined;

  constructor(seed: number) {
    this.random = new Random(seed);
    this.store = this.#start(this.disk, this.clock);
    this.#watch();
  }

  #start(disk: SimulatedDisk, clock: ManualClock, repair = false): JournalStore {
    const options = { clock, repair, encryptionKey: KEY, fsync: 'everysec' } as const;
    return createStore({ disk: this.ledger.watch(disk), ...options });
  }

  #watch(): void {
    this.disk.onChange = (call) => this.#end(this.disk, call, 0);
  }

  /** Lets the disk refuse, or take only a part of, what is written next. */
  #fail(): void {
    this.disk.writeBytesMax = this.random.chance(0.3) ? this.random.between(1, 40) : 1e9;
    const isFailing = this.random.chance(0.2);
    this.disk.faultOf = ({ name }) =>
      isFailing && name === 'write' && this.random.chance(0.3) ? 'EIO' : undefined;
  }

  /** What becomes of it if the process or the machine ends at this moment. */
  #end(disk: SimulatedDisk, { name, path }: DiskCall, depth: number): void {
    if (this.points === POINTS) return;
    this.points++;
    const last = this.#lastWrite;
    if (depth === 0) {
      this.#lastWrite = name === 'write' ? { path, sizeBefore: sizeOf(disk, path) } : undefined;
    }
    const ended = [disk.afterKill(), disk.afterPowerCut(randomCut(this.random))];
    if (depth === 0 && last !== undefined) {
      const torn = disk.afterKill();
      const bytes = torn.bytesOf(last.path);
      const end = this.random.between(last.sizeBefore, bytes.length);
      torn.setBytes(last.path, Buffer.from(bytes.subarray(0, end)));
      const flipped = disk.afterKill();
      flipped.setBytes(last.path, withWrongEnd(bytes));
      ended.push(torn, flipped);
    }
    for (const after of ended) this.#goOn(after, depth + 1);
  }

  /** The next process starts there, and writes. */
  #goOn(disk: SimulatedDisk, depth: number): void {
    const isEnded = depth < DEPTH_MAX && this.random.chance(AGAIN);
    if (isEnded) disk.onChange = (call) => this.#end(disk, call, depth);
    const clock = new ManualClock(this.clock.now());
    const store = this.#tryToStart(disk, clock);
    store.set(0, 'later', `later ${this.points}`, clock.now() + DAY_MS);
    store.commit(false, () => {});
  }

  /** What is at the end of a log may be one whole record of which a byte is wrong: that is damage. */
  #tryToStart(disk: SimulatedDisk, clock: ManualClock): JournalStore {
    try {
      return this.#start(disk, clock);
    } catch (error) {
      assert.equal((error as { code?: string }).code, 'ERR_JOURNAL_CORRUPT', String(error));
      return this.#start(disk, clock, true);
    }
  }

  async step(): Promise<void> {
    const { random, store, clock, disk } = this;
    const id = `id-${random.below(6)}`;
    this.#fail();
    switch (random.weighted(STEP_WEIGHTS)) {
      case 'set':
        store.set(0, id, `value ${this.points} of ${id}`, clock.now() + DAY_MS);
        break;
      case 'remove':
        store.delete(0, id);
        break;
      case 'commit':
        store.commit(random.chance(0.2), () => {});
        break;
      case 'advance':
        clock.advance(random.between(1, 2_000));
        break;
      case 'compact':
        store.compact();
        break;
      case 'restart':
        store.close();
        this.disk = disk.afterKill();
        this.store = this.#start(this.disk, clock);
        this.#watch();
        break;
      default:
        disk.completeLater();
        clock.runTurn();
        for (let i = 0; i < 4; i++) await Promise.resolve();
    }
  }
}

function sizeOf(disk: SimulatedDisk, path: string): number {
  return disk.exists(path) ? disk.bytesOf(path).length : 0;
}

function withWrongEnd(bytes: Buffer): Buffer {
  const wrong = Buffer.from(bytes);
  const last = wrong.length - 1;
  if (last >= 0) wrong[last] = (wrong[last] as number) ^ 1;
  return wrong;
}

describe('an encrypted journal that ends at any change of its disk, and goes on from there', () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    it(`seed ${seed}: no key and nonce is ever used for two texts`, async (test) => {
      const run = new EncryptedRun(seed);
      while (run.points < POINTS) await run.step();
      const { ledger, points } = run;
      const { files, links, repeats } = ledger;
      test.diagnostic(`${points} points, ${files} files, ${links} links, ${repeats} bytes again`);
      assert.deepEqual(ledger.reuses, []);
      assert.ok(files > 100 && links > 100, `${files} ${links}`);
    });
  }
});
