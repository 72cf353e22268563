import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JournalStore } from '../../../src/shard/journal-store.js';
import { Random } from '../../simulation/random.js';
import { SimulatedDisk } from '../../twins/simulated-disk.js';
import { createStore, DAY_MS, DIRECTORY, Journaled } from '../journaled.js';

const COPIES = 300;
const STABLE = 5;
const HOT = 3;
/** A shard has few slots then, and a snapshot few steps. */
const SHARDS = 256;

/** A store that is written and compacted all the time, and how often each session was set. */
class BusyStore {
  readonly journaled: Journaled;
  readonly versions = Array<number>(HOT).fill(0);
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
    this.journaled = new Journaled({
      fsync: random.pick(['always', 'everysec', 'never']),
      shards: SHARDS,
    });
    for (let i = 0; i < STABLE; i++) this.#set(`stable ${i}`, 'value');
    for (let i = 0; i < HOT; i++) this.#set(`hot ${i}`, '0');
    this.journaled.commit();
  }

  /** A session is set, or what waits for the disk or a turn goes on a little. */
  async step(): Promise<void> {
    const { disk, clock, store } = this.journaled;
    const random = this.#random;
    if (random.chance(0.1)) store.compact();
    if (random.chance(0.5)) {
      const i = random.below(HOT);
      this.versions[i] = (this.versions[i] ?? 0) + 1;
      this.#set(`hot ${i}`, `${this.versions[i]}`);
      this.journaled.commit();
    }
    if (random.chance(0.7)) disk.completeLater();
    if (random.chance(0.7)) clock.runTurn();
    for (let i = 0; i < 4; i++) await Promise.resolve();
  }

  #set(id: string, value: string): void {
    const { store, clock } = this.journaled;
    store.set(0, id, value, clock.now() + DAY_MS);
  }
}

/** As `cp -r` does: lists the names, and copies one file after the other. `undefined` if one is gone by then. */
async function copyWhileWritten(
  busy: BusyStore,
  random: Random,
): Promise<SimulatedDisk | undefined> {
  const copy = new SimulatedDisk();
  const { disk } = busy.journaled;
  const names = disk.list(DIRECTORY);
  while (names.length > 0) {
    const steps = random.pick([0, 0, 1, 2, 5]);
    for (let i = 0; i < steps; i++) await busy.step();
    const [name] = names.splice(random.below(names.length), 1);
    const path = `${DIRECTORY}/${name}`;
    if (!disk.exists(path)) return undefined;
    copy.setBytes(path, Buffer.from(disk.bytesOf(path)), 1_000_000n + BigInt(names.length));
  }
  return copy;
}

function open(disk: SimulatedDisk, busy: BusyStore): JournalStore {
  const { clock } = busy.journaled;
  return createStore({ disk, clock, shards: SHARDS, inactiveSessionLifetimeMs: undefined });
}

describe('a journal that was copied while it was written and compacted', () => {
  it('opens, with all that was acknowledged before the copying began, and does so again', async (test) => {
    const counts = { whole: 0, cut: 0, failed: 0 };
    for (let seed = 1; seed <= COPIES; seed++) {
      const random = new Random(seed);
      const busy = new BusyStore(random);
      for (let i = random.below(40); i > 0; i--) await busy.step();
      const versions = [...busy.versions];
      const copy = await copyWhileWritten(busy, random);
      if (copy === undefined) {
        counts.failed++;
        continue;
      }
      const store = open(copy, busy);
      counts[store.report.isCutCopy ? 'cut' : 'whole']++;
      const check = (opened: JournalStore): void => {
        assert.equal(opened.size, STABLE + HOT, `seed ${seed}`);
        for (const [i, version] of versions.entries()) {
          const found = Number(opened.get(0, `hot ${i}`, busy.journaled.inMs(DAY_MS)));
          assert(found >= version && found <= (busy.versions[i] ?? 0), `seed ${seed}: ${found}`);
        }
      };
      check(store);
      store.commit(false, () => {});
      const again = open(copy.afterKill(), busy);
      check(again);
      assert.equal(again.report.isRepaired, false);
    }
    test.diagnostic(JSON.stringify(counts));
    assert(counts.whole > 10 && counts.cut > 5 && counts.failed > 10, JSON.stringify(counts));
  });

  it('the same files as originals: a log without the next one is damage', () => {
    const { bytes } = continuedLog();
    const disk = new SimulatedDisk();
    disk.setBytes(`${DIRECTORY}/shard-0.1.log`, bytes);
    const clock = new Journaled().clock;
    assert.throws(() => createStore({ disk, clock }), { code: 'ERR_JOURNAL_CORRUPT' });
    disk.setBytes(`${DIRECTORY}/shard-0.1.log`, bytes, 77n);
    assert.equal(createStore({ disk, clock }).report.isCutCopy, true);
  });

  it('a copy that is damaged: at each byte but those of its last record and the header it is refused', () => {
    const { bytes, lastAt } = continuedLog();
    const clock = new Journaled().clock;
    for (let at = 128; at < lastAt; at += 3) {
      const disk = new SimulatedDisk();
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] as number) ^ 0x10;
      disk.setBytes(`${DIRECTORY}/shard-0.1.log`, damaged, 77n);
      assert.throws(() => createStore({ disk, clock }), { code: 'ERR_JOURNAL_CORRUPT' }, `${at}`);
    }
  });

  it('the last record of a copied log is damaged, and logs follow: refused, and nothing is changed', () => {
    const journaled = new Journaled();
    journaled.store.set(0, 'id', 'value', journaled.inMs(DAY_MS));
    journaled.commit();
    journaled.restartProcess();
    journaled.store.set(0, 'other', 'value', journaled.inMs(DAY_MS));
    journaled.commit();
    const [first, second] = [1, 2].map((n) => `${DIRECTORY}/shard-0.${n}.log`) as [string, string];
    const bytes = Buffer.from(journaled.disk.bytesOf(first));
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] as number) ^ 1;
    const disk = new SimulatedDisk();
    disk.setBytes(first, bytes, 77n);
    disk.setBytes(second, Buffer.from(journaled.disk.bytesOf(second)), 78n);
    const { clock } = journaled;
    assert.throws(() => createStore({ disk, clock }), { code: 'ERR_JOURNAL_CORRUPT' });
    assert.deepEqual(disk.bytesOf(first), bytes);
    assert(disk.exists(second));
  });
});

/** A log whose last record, at `lastAt`, names the next one. */
function continuedLog(): { bytes: Buffer; lastAt: number } {
  const journaled = new Journaled();
  for (let i = 0; i < 9; i++) {
    journaled.store.set(0, `id ${i}`, 'value', journaled.inMs(DAY_MS));
  }
  journaled.commit();
  const path = `${DIRECTORY}/shard-0.1.log`;
  const lastAt = journaled.disk.bytesOf(path).length;
  journaled.restartWorker();
  return { bytes: Buffer.from(journaled.disk.bytesOf(path)), lastAt };
}
