import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Random } from '../simulation/random.js';
import { ManualClock } from '../twins/manual-clock.js';
import type { PowerCut } from '../twins/simulated-content.js';
import type { SimulatedDisk } from '../twins/simulated-disk.js';
import { randomCut } from './journal-run.js';
import { createStore, DAY_MS, DIRECTORY, Journaled } from './journaled.js';

const SESSIONS = 30;
const LOSES_ALL: PowerCut = { reaches: () => false, bytesOf: () => 0 };
const LOSES_NAMES: PowerCut = { reaches: () => false, bytesOf: (length) => length };
const KEEPS_ALL: PowerCut = { reaches: () => true, bytesOf: (length) => length };

type Files = ReadonlyMap<string, Buffer>;

function filesOf(disk: SimulatedDisk): Files {
  const names = disk.list(DIRECTORY);
  return new Map(names.map((name) => [name, Buffer.from(disk.bytesOf(`${DIRECTORY}/${name}`))]));
}

/** A journal of a snapshot and some logs, all of it safe; the byte at `damagedAt` of one of them is wrong. */
async function damagedJournal(which: 'snapshot' | 'log'): Promise<SimulatedDisk> {
  const journaled = new Journaled({ fsync: 'always' });
  const setSome = (from: number): void => {
    for (let i = from; i < from + 10; i++) {
      journaled.store.setInactiveValue(i, `${i}`, `value ${i}`, journaled.inMs(DAY_MS));
    }
    journaled.commit();
  };
  setSome(0);
  journaled.store.compact();
  await journaled.settle();
  setSome(10);
  await journaled.settle();
  journaled.restartProcess();
  setSome(20);
  await journaled.settle();
  const disk = journaled.disk.settled();
  const name = disk.list(DIRECTORY).find((one) => one.endsWith(which)) as string;
  const path = `${DIRECTORY}/${name}`;
  const bytes = Buffer.from(disk.bytesOf(path));
  bytes[300] = (bytes[300] as number) ^ 1;
  disk.setBytes(path, bytes);
  return disk;
}

/** Starts the shard; gives the number of its sessions. */
function start(disk: SimulatedDisk, repair: boolean): number {
  return createStore({ disk, clock: new ManualClock(), repair }).size;
}

/** Every damaged file is there with all its bytes, under its name or that of one set aside. */
function assertKept(before: Files, disk: SimulatedDisk, when: string): void {
  const after = filesOf(disk);
  for (const [name, bytes] of before) {
    const found = after.get(`${name}.damaged`) ?? after.get(name);
    assert.ok(found?.equals(bytes), `${name} is kept, ${when}`);
  }
}

describe('a repair of a damaged journal that ends at any change of its disk', () => {
  for (const which of ['snapshot', 'log'] as const) {
    it(`${which} damaged: the next start has the same sessions, and every damaged file is kept as it was`, async () => {
      const damaged = await damagedJournal(which);
      const before = filesOf(damaged);
      assert.throws(() => start(damaged.settled(), false), { code: 'ERR_JOURNAL_CORRUPT' });
      const repaired = damaged.settled();
      const sessions = start(repaired, true);
      assert.ok(sessions >= SESSIONS - 10 && sessions < SESSIONS, `${sessions} sessions are left`);
      assertKept(before, repaired, 'not ended');
      const names = [...filesOf(repaired).keys()];
      for (const name of before.keys()) assert.ok(names.includes(`${name}.damaged`), name);
      let points = 0;
      const disk = damaged.settled();
      disk.onChange = ({ name, path }) => {
        points++;
        const left = [
          ['killed', disk.afterKill()],
          ...[LOSES_ALL, LOSES_NAMES, KEEPS_ALL].map(
            (cut) => ['power cut', disk.afterPowerCut(cut)] as const,
          ),
        ] as const;
        for (const [how, after] of left) {
          const when = `${how} before ${name} ${path}`;
          assert.equal(start(after, true), sessions, when);
          assertKept(before, after, when);
          // What the second start has done survives the next.
          const again = after.afterPowerCut(LOSES_ALL);
          assert.equal(start(again, true), sessions, `${when}, and again`);
          assertKept(before, again, `${when}, and again`);
        }
      };
      start(disk, true);
      assert.ok(points > 8, `${points} points`);
    });
  }

  for (const isEnded of [false, true]) {
    const what = isEnded ? 'a repair that the next start completed' : 'a repair';
    it(`compaction after ${what}: whenever power is cut, damaged files are kept, and what is outdated goes`, async () => {
      const damaged = await damagedJournal('log');
      const before = filesOf(damaged);
      const disk = isEnded ? endedAmidRenames(damaged) : damaged;
      const clock = new ManualClock();
      const store = createStore({ disk, clock, repair: true });
      const random = new Random(7);
      disk.onChange = ({ name, path }) => {
        for (let i = 0; i < 20; i++) {
          const after = disk.afterPowerCut(randomCut(random));
          start(after, true);
          assertKept(before, after, `power cut before ${name} ${path}`);
        }
      };
      store.compact();
      await settle(disk, clock);
      assertKept(before, disk, 'compacted');
      const names = disk.list(DIRECTORY).filter((name) => !name.endsWith('.damaged'));
      assert.equal(names.length, 2, names.join());
    });
  }
});

/** The disk of a shard that was killed when it had set one of the damaged files aside. */
function endedAmidRenames(damaged: SimulatedDisk): SimulatedDisk {
  const disk = damaged.settled();
  let left: SimulatedDisk | undefined;
  disk.onChange = ({ name }) => {
    const isAside = disk.list(DIRECTORY).some((one) => one.endsWith('.damaged'));
    if (name === 'rename' && isAside) left ??= disk.afterKill();
  };
  start(disk, true);
  assert.ok(left !== undefined, 'more than one file is set aside');
  return left;
}

async function settle(disk: SimulatedDisk, clock: ManualClock): Promise<void> {
  for (let isBusy = true; isBusy; ) {
    isBusy = [disk.completeLater(), clock.runTurn()].includes(true);
    for (let i = 0; i < 4; i++) await Promise.resolve();
  }
}
