import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FsyncPolicy } from '../../src/shard/journal/log-writer.js';
import { Random } from '../simulation/random.js';
import type { DiskCall, SimulatedDisk } from '../twins/simulated-disk.js';
import { JournalRun, randomCut, type Start } from './journal-run.js';

const OPERATIONS = 500;
const SEED = 5;
const POWER_CUTS_PER_POINT = 2;
const TORN_PER_WRITE = 4;
/** How many of the starts are ended in their turn. */
const AGAIN = 0.03;

const LOSES_ALL = { reaches: () => false, bytesOf: () => 0 };

/** A write that was the last thing to happen. */
interface LastWrite {
  readonly disk: SimulatedDisk;
  readonly path: string;
  readonly sizeBefore: number;
  readonly acknowledged: number;
}

/** Ends the run at each change of its disk, in thought, and looks at what is left. */
class CrashPoints {
  readonly run: JournalRun;
  readonly failures: string[] = [];
  readonly #random = new Random(SEED);
  #lastWrite: LastWrite | undefined;
  points = 0;
  loads = 0;

  constructor(fsync: FsyncPolicy) {
    this.run = new JournalRun(fsync, SEED);
    this.run.disk.onChange = (call) => this.#onChange(call);
  }

  #onChange({ name, path, index }: DiskCall): void {
    const { run } = this;
    const { disk, acknowledged } = run;
    this.points++;
    const where = `before call ${index}, ${name} ${path}, after ${run.operations} operations`;
    this.#tear(disk, where);
    this.#lastWrite =
      name === 'write'
        ? { disk, path, sizeBefore: disk.bytesOf(path).length, acknowledged }
        : undefined;
    this.#kill(disk.afterKill(), acknowledged, `killed ${where}`);
    this.#cutPower(disk.afterPowerCut(LOSES_ALL), `all unsafe lost ${where}`);
    for (let i = 0; i < POWER_CUTS_PER_POINT; i++) {
      const after = disk.afterPowerCut(randomCut(this.#random));
      this.#cutPower(after, `power cut ${where}`);
    }
  }

  /** The last write may have got to any of its bytes when the process was killed. */
  #tear(disk: SimulatedDisk, where: string): void {
    if (this.#lastWrite?.disk !== disk) return;
    const { path, sizeBefore, acknowledged } = this.#lastWrite;
    const length = disk.bytesOf(path).length - sizeBefore;
    const lengths = new Set([1, length - 1]);
    while (lengths.size < Math.min(length - 1, TORN_PER_WRITE)) {
      lengths.add(this.#random.between(1, length - 1));
    }
    for (const torn of lengths) {
      const after = disk.afterKill();
      after.setBytes(path, after.bytesOf(path).subarray(0, sizeBefore + torn));
      this.#kill(after, acknowledged, `torn after ${torn} of ${length} bytes ${where}`);
    }
  }

  #kill(disk: SimulatedDisk, least: number, what: string): void {
    const { boot, safe } = this.run;
    const isProcess = this.#random.chance(0.5);
    const start = { disk, boot, isProcess };
    if (this.#random.chance(AGAIN)) this.#endAgain(start, least, safe, what);
    else this.#load(start, least, what);
  }

  #cutPower(disk: SimulatedDisk, what: string): void {
    const { boot, safe } = this.run;
    const start = { disk, boot: boot + 1, isProcess: true };
    if (this.#random.chance(AGAIN)) this.#endAgain(start, safe, safe, what);
    else this.#load(start, safe, what);
  }

  /** Ends the start itself at one of its changes of the disk. */
  #endAgain(start: Start, least: number, safe: number, what: string): void {
    const { boot, isProcess } = start;
    let cut = false;
    start.disk.onChange = ({ name, path }) => {
      cut = !cut;
      const where = `${what}, and again before ${name} ${path}`;
      const disk = cut ? start.disk.afterPowerCut(randomCut(this.#random)) : start.disk.afterKill();
      const again = { disk, boot: cut ? boot + 1 : boot, isProcess };
      this.#load(again, cut ? safe : least, where);
    };
    const held = this.#load(start, least, what);
    start.disk.onChange = () => {};
    if (held === undefined) return;
    const disk = start.disk.afterPowerCut(LOSES_ALL);
    this.#load({ disk, boot: boot + 1, isProcess: true }, held.before, `${what}, all unsafe lost`);
  }

  /** Gives how much of what was done is there. */
  #load(start: Start, least: number, what: string): { readonly before: number } | undefined {
    this.loads++;
    const { run } = this;
    try {
      const store = run.probe(start);
      const before = run.find(store, least, start.isProcess);
      if (before !== undefined) return { before: Math.max(least, before) };
      const ever = run.find(store, 0, start.isProcess);
      this.failures.push(
        ever === undefined
          ? `${what}: what is there never was`
          : `${what}: expected ${least} of ${run.history.length}, got ${ever}`,
      );
    } catch (error) {
      this.failures.push(`${what}: ${(error as Error).message}`);
    }
    return undefined;
  }
}

describe('a journal store that ends at any change of its disk', () => {
  for (const fsync of ['always', 'everysec', 'never'] satisfies FsyncPolicy[]) {
    it(`${fsync}: holds what it held after some operation, and all that was acknowledged`, async (test) => {
      const crashPoints = new CrashPoints(fsync);
      const { run } = crashPoints;
      while (run.operations < OPERATIONS) await run.step(true);
      test.diagnostic(`${crashPoints.points} points, ${crashPoints.loads} loads`);
      const [first] = crashPoints.failures;
      assert.equal(crashPoints.failures.length, 0, first);
    });
  }
});
