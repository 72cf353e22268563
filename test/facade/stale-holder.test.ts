import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openJournal } from '../../src/facade/journal-opening.js';
import type { StoreOpening } from '../../src/facade/store-opening.js';
import { copyJournal } from '../../src/shard/journal/copy-journal.js';
import {
  type MoveOptions,
  type MoveReport,
  NO_FAULTS,
  reshard,
} from '../../src/shard/journal/reshard.js';
import type { JournalStore } from '../../src/shard/journal-store.js';
import { createStore, DAY_MS } from '../shard/journaled.js';
import { Random } from '../simulation/random.js';
import { ManualClock } from '../twins/manual-clock.js';
import { SimulatedDisk } from '../twins/simulated-disk.js';
import { LockWorld, type SimulatedProcess } from '../twins/simulated-lock-system.js';
import { drainMicrotasks } from '../twins/test-provider.js';

const DIRECTORY = '/journal';
const RUNS = 20;
const SESSIONS = 20;
const BOOT_ID = Buffer.alloc(16, 1);

/** The disk and the lock that all servers share. A holder's directory is there for both. */
class Machines {
  readonly disk = new SimulatedDisk();
  readonly clock = new ManualClock();
  readonly world = new LockWorld(this.clock);
  pids = 0;
  /** Told of each call of the disk and of the lock. */
  onCall: () => void = () => {};

  constructor() {
    this.disk.faultOf = ({ path }) => {
      this.onCall();
      const [holder] = /^.*\/holder-[0-9a-f]+/.exec(path) ?? [];
      return holder === undefined || this.world.directories.has(holder) ? undefined : 'ENOENT';
    };
    this.world.faultOf = () => {
      this.onCall();
      return undefined;
    };
  }
}

/** One server: its lock, and the stores of its shards. */
class Server {
  readonly clock: ManualClock;
  readonly errors: string[] = [];
  readonly process: SimulatedProcess;
  stores: JournalStore[] = [];
  refused: string | undefined;
  /** What a move waits for. */
  beforeMove: Promise<void> = Promise.resolve();
  readonly #machines: Machines;
  readonly #shards: number;
  readonly #opening: StoreOpening;

  constructor(machines: Machines, host: string, shards: number, clock = machines.clock) {
    this.#machines = machines;
    this.#shards = shards;
    this.clock = clock;
    this.process = machines.world.start({ host, pid: ++machines.pids });
    this.#opening = openJournal({
      settings: {
        kind: 'journal',
        directory: DIRECTORY,
        fsync: 'everysec',
        repair: false,
        encryptionKey: undefined,
        lockTimeoutMs: 0,
      },
      shards,
      clock,
      disk: machines.disk,
      lockSystem: machines.world.systemOf(this.process),
      move: (options) => this.#move(options),
      report: ({ code }) => this.errors.push(code),
    });
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#opening.prepare(resolve, ({ code }) => {
        this.refused = code;
        resolve();
      });
    });
    if (this.refused === undefined) this.#openStores();
  }

  /** Each session gets this value. */
  write(prefix: string, value: string): void {
    const { clock } = this;
    for (let i = 0; i < SESSIONS; i++) {
      const store = this.stores[i % this.#shards];
      store?.set(0, `${prefix} ${i}`, value, clock.now() + DAY_MS);
    }
    for (const store of this.stores) store.commit(false, () => {});
  }

  find(prefix: string): (string | undefined)[] {
    return Array.from({ length: SESSIONS }, (_, i) =>
      this.stores[i % this.#shards]?.get(0, `${prefix} ${i}`, this.clock.now() + DAY_MS),
    );
  }

  compact(): void {
    for (const store of this.stores) store.compact();
  }

  closeStores(): void {
    for (const store of this.stores.splice(0)) store.close();
  }

  close(): Promise<void> {
    this.closeStores();
    return this.#opening.close();
  }

  /** Whatever it has begun goes on until nothing is left to do. */
  async settle(): Promise<void> {
    for (let i = 0, isBusy = true; isBusy && i < 5_000; i++) {
      isBusy = [this.#machines.disk.completeLater(), this.clock.runTurn()].includes(true);
      for (let j = 0; j < 4; j++) await Promise.resolve();
    }
  }

  async #move(options: MoveOptions): Promise<MoveReport> {
    await this.beforeMove;
    const { disk } = this.#machines;
    const isCopy = options.from.shards === options.to.shards;
    if (!isCopy) return reshard({ ...options, disk, bootId: BOOT_ID });
    copyJournal({ ...options, disk });
    return { sessions: 0, ...NO_FAULTS };
  }

  #openStores(): void {
    const { shardStore } = this.#opening;
    assert(shardStore.kind === 'journal');
    const { directory, fileSet, generations } = shardStore;
    this.stores = Array.from({ length: this.#shards }, (_, shard) =>
      createStore({
        disk: this.#machines.disk,
        clock: this.clock,
        directory,
        shard,
        shards: this.#shards,
        fsync: 'everysec',
        fileSet,
        generationMin: generations[shard] ?? 0,
        inactiveSessionLifetimeMs: undefined,
      }),
    );
    for (const shard of this.stores.keys()) this.#opening.setServing(shard, true);
  }
}

/** It may be refused, as the one that was stopped may go on and refresh its lock. */
async function takeOver(machines: Machines, shards: number): Promise<Server> {
  for (let tries = 0; tries < 100; tries++) {
    const next = new Server(machines, 'alpha', shards);
    await next.start();
    if (next.refused === undefined) return next;
    assert.equal(next.refused, 'ERR_JOURNAL_LOCKED');
    machines.clock.advance(10_001);
  }
  throw new Error('expected to get the lock');
}

/** What the one that was stopped may do next. */
function actions(stale: Server, round: number): (() => void)[] {
  return [
    () => stale.write('late', `${round}`),
    () => stale.write('early', `late ${round}`),
    () => stale.compact(),
    () => stale.clock.runTurn(),
    () => stale.clock.advance(1_000),
    () => stale.closeStores(),
    () => void stale.close(),
  ];
}

async function startStale(machines: Machines, shards: number): Promise<Server> {
  const stale = new Server(machines, 'beta', shards, new ManualClock(machines.clock.now()));
  await stale.start();
  stale.write('early', 'value');
  return stale;
}

describe('a server that was stopped for long, and goes on while and after another takes its place', () => {
  for (const shards of [1, 2, 7]) {
    it(`${shards} shards: what the other one has written is there, and nothing that the first one wrote later`, async () => {
      for (let seed = 1; seed <= RUNS; seed++) {
        const random = new Random(seed);
        const machines = new Machines();
        const stale = await startStale(machines, shards);
        if (random.chance(0.5)) stale.compact();
        for (let i = random.below(4); i > 0; i--) await stale.settle();
        machines.clock.advance(10_001);

        let round = 0;
        let isActing = false;
        machines.onCall = () => {
          if (isActing || !random.chance(0.1)) return;
          isActing = true;
          random.pick(actions(stale, ++round))();
          isActing = false;
        };
        const next = await takeOver(machines, shards);
        next.write('next', 'first');
        const atStart = next.find('early');
        for (let i = 0; i < 10; i++) {
          next.write('next', `${i}`);
          if (random.chance(0.2)) next.compact();
          await stale.settle();
          await next.settle();
        }
        machines.onCall = () => {};
        await stale.close();
        await stale.settle();
        machines.world.end(next.process);

        const last = new Server(machines, 'alpha', shards);
        await last.start();
        assert.equal(last.refused, undefined, `seed ${seed}`);
        assert.deepEqual(last.find('next'), Array(SESSIONS).fill('9'), `seed ${seed}`);
        assert.deepEqual(last.find('early'), atStart, `seed ${seed}`);
        assert(
          atStart.every((value) => value !== undefined),
          `seed ${seed}`,
        );
        assert.deepEqual(last.find('late'), next.find('late'), `seed ${seed}`);
      }
    });
  }

  it('stopped amid a move to other shards: it does not make its move the one in use', async () => {
    const machines = new Machines();
    const first = new Server(machines, 'beta', 1);
    await first.start();
    first.write('early', 'value');
    await first.close();

    const stale = new Server(machines, 'beta', 2, new ManualClock(machines.clock.now()));
    let goOn = () => {};
    stale.beforeMove = new Promise((resolve) => {
      goOn = resolve;
    });
    const started = stale.start();
    await drainMicrotasks();
    machines.clock.advance(10_001);
    const next = new Server(machines, 'alpha', 2);
    await next.start();
    next.write('next', 'value');
    goOn();
    await started;
    assert.equal(stale.refused, 'ERR_JOURNAL_LOCKED');
    await stale.close();
    machines.world.end(next.process);

    const last = new Server(machines, 'alpha', 2);
    await last.start();
    assert.deepEqual(last.find('next'), Array(SESSIONS).fill('value'));
  });

  it('the one that took its place dies before it has left the files behind: the next one does', async () => {
    const machines = new Machines();
    const stale = await startStale(machines, 2);
    machines.clock.advance(10_001);
    const dies = new Server(machines, 'alpha', 2);
    dies.beforeMove = new Promise(() => {});
    void dies.start();
    await drainMicrotasks();
    machines.world.end(dies.process);
    const next = new Server(machines, 'alpha', 2);
    await next.start();
    next.write('next', 'value');
    stale.write('early', 'late');
    await stale.close();
    machines.world.end(next.process);
    const last = new Server(machines, 'alpha', 2);
    await last.start();
    assert.deepEqual(last.find('early'), Array(SESSIONS).fill('value'));
    assert.deepEqual(last.find('next'), Array(SESSIONS).fill('value'));
  });

  it('a server that was seen to end: its files are used where they are', async () => {
    const machines = new Machines();
    const first = new Server(machines, 'alpha', 2);
    await first.start();
    first.write('early', 'value');
    machines.world.end(first.process);
    const next = new Server(machines, 'alpha', 2);
    await next.start();
    assert.deepEqual(next.find('early'), Array(SESSIONS).fill('value'));
    assert.deepEqual(machines.disk.list(DIRECTORY).sort(), ['epoch-1', 'manifest.json']);
  });
});
