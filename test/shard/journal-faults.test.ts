import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FsyncPolicy } from '../../src/shard/journal/log-writer.js';
import { ManualClock } from '../twins/manual-clock.js';
import { type DiskCall, type SimulatedDisk, SimulatedDiskError } from '../twins/simulated-disk.js';
import { JournalRun } from './journal-run.js';
import { createStore, DAY_MS, DIRECTORY, Journaled } from './journaled.js';

const STEPS = 120;
const SEED = 3;
const OUTAGE_CALLS = 25;
const CODES = ['ENOSPC', 'EIO', 'EMFILE'];
const POLICIES = ['always', 'everysec', 'never'] as const satisfies FsyncPolicy[];
const LOSES_ALL = { reaches: () => false, bytesOf: () => 0 };

/** Which calls fail: so many, from one on. */
interface Outage {
  readonly from: number;
  readonly calls: number;
  readonly code: string;
}

/** Asking for a file's name never throws. */
function failsIn({ from, calls, code }: Outage, { name, index }: DiskCall): string | undefined {
  return name !== 'exists' && index >= from && index < from + calls ? code : undefined;
}

/** What is on the disk is what was there once, and all of it that must be. */
function check(run: JournalRun, disk: SimulatedDisk, isCut: boolean, least: number): void {
  const start = { disk, boot: run.boot + (isCut ? 1 : 0), isProcess: isCut };
  const length = run.find(run.probe(start), least, start.isProcess);
  assert.ok(length !== undefined, `expected ${least} of ${run.history.length}`);
}

/** Told in turn, and at last that all is well. */
function checkTold(told: readonly string[]): void {
  for (const [i, one] of told.entries()) {
    assert.equal(one, i % 2 === 0 ? 'degraded' : 'recovered', told.join());
  }
  assert.equal(told.length % 2, 0, told.join());
}

async function runThrough(run: JournalRun): Promise<void> {
  run.putBeside();
  run.onAcknowledged = (safe) => {
    if (safe && run.fsync === 'always')
      check(run, run.disk.afterPowerCut(LOSES_ALL), true, run.safe);
  };
  for (let i = 0; i < STEPS; i++) {
    await run.step(false);
    if (i % 30 !== 0) continue;
    check(run, run.disk.afterKill(), false, run.safe);
    check(run, run.disk.afterPowerCut(LOSES_ALL), true, run.safe);
  }
}

async function recover(run: JournalRun): Promise<void> {
  run.disk.faultOf = () => undefined;
  run.commit();
  for (let i = 0; i < 4; i++) {
    run.clock.advance(1_000);
    await run.settle();
  }
  checkTold(run.told);
  check(run, run.disk.afterKill(), false, run.history.length);
  run.clock.advance(10_000);
  run.operate();
  run.commit();
  if (run.fsync === 'never') run.store.compact();
  await run.sync();
  check(run, run.disk.afterPowerCut(LOSES_ALL), true, run.history.length);
  checkTold(run.told);
}

/** Lets one call fail; counts the files that are open. */
function failOnce(disk: SimulatedDisk, from: number): { open: number } {
  const files = { open: 0 };
  const outage = { from, calls: 1, code: CODES[from % CODES.length] as string };
  disk.faultOf = (call) => {
    const code = failsIn(outage, call);
    if (code === undefined && ['open', 'create'].includes(call.name)) files.open++;
    if (call.name === 'close') files.open--;
    return code;
  };
  return files;
}

/** Tells how it ended. */
async function runWith(fsync: FsyncPolicy, outage: Outage, writeBytesMax: number): Promise<string> {
  let run: JournalRun;
  try {
    run = new JournalRun(fsync, SEED, (disk) => {
      disk.writeBytesMax = writeBytesMax;
      disk.faultOf = (call) => failsIn(outage, call);
    });
  } catch (error) {
    if (error instanceof SimulatedDiskError) return 'refused';
    throw error;
  }
  await runThrough(run);
  await recover(run);
  return run.told.length > 0 ? 'degraded' : 'unnoticed';
}

describe('a journal store whose disk fails', () => {
  for (const fsync of POLICIES) {
    for (const calls of [1, OUTAGE_CALLS]) {
      it(`${fsync}, ${calls} calls from any on: serves all the time, and then has all on the disk`, async (test) => {
        const run = new JournalRun(fsync, SEED);
        await runThrough(run);
        const counts = new Map<string, number>();
        const failures: string[] = [];
        for (let from = 0; from < run.disk.calls; from++) {
          const code = CODES[from % CODES.length] as string;
          const writeBytesMax = from % 2 === 0 ? 11 : Number.POSITIVE_INFINITY;
          try {
            const end = await runWith(fsync, { from, calls, code }, writeBytesMax);
            counts.set(end, (counts.get(end) ?? 0) + 1);
          } catch (error) {
            failures.push(`call ${from}: ${(error as Error).stack}`);
          }
        }
        test.diagnostic(`${run.disk.calls} runs: ${JSON.stringify([...counts])}`);
        assert.equal(failures.length, 0, `${failures.length}, the first: ${failures[0]}`);
        assert.ok((counts.get('degraded') ?? 0) > 20);
      });
    }
  }

  for (const fsync of POLICIES) {
    it(`${fsync}, its directory is removed: notices within a second, and puts all back`, async () => {
      const run = new JournalRun(fsync, SEED);
      await runThrough(run);
      await run.settle();
      for (let i = 0; i < 2; i++) {
        run.disk.remove(DIRECTORY);
        run.commit();
        assert.deepEqual(run.told, []);
        run.clock.advance(1_000);
        assert.deepEqual(run.told, ['degraded']);
        await recover(run);
        assert.deepEqual(run.told.splice(0), ['degraded', 'recovered']);
      }
    });
  }

  it('it fails while a journal is loaded: the start fails, or serves what it should, and the next start does', async () => {
    const run = new JournalRun('always', SEED);
    run.onAcknowledged = () => {};
    for (let i = 0; i < STEPS; i++) await run.step(i < 100);
    await run.sync();
    const { length } = run.history;
    const whole = run.disk.afterKill();
    run.probe({ disk: whole, boot: run.boot, isProcess: true });
    const counts = { refused: 0, served: 0 };
    for (let from = 0; from < whole.calls; from++) {
      const disk = run.disk.afterKill();
      const files = failOnce(disk, from);
      try {
        const store = run.probe({ disk, boot: run.boot, isProcess: true });
        assert.notEqual(run.find(store, length, true), undefined);
        counts.served++;
      } catch (error) {
        assert.ok(error instanceof SimulatedDiskError, String(error));
        assert.equal(files.open, 0, error.message);
        counts.refused++;
      }
      disk.faultOf = () => undefined;
      check(run, disk.afterPowerCut(LOSES_ALL), true, length);
      const again = run.probe({ disk, boot: run.boot, isProcess: true });
      assert.notEqual(run.find(again, length, true), undefined);
    }
    assert.ok(counts.refused > 15 && counts.served < 20, JSON.stringify(counts));
  });

  it('it fails while a journal is repaired: the start fails and leaves nothing behind, and the next repairs it', () => {
    const written = new Journaled();
    for (let i = 0; i < 9; i++) written.store.set(i, `${i}`, 'value', written.inMs(DAY_MS));
    written.commit();
    const path = `${DIRECTORY}/shard-0.1.log`;
    const bytes = Buffer.from(written.disk.bytesOf(path));
    bytes[300] = (bytes[300] as number) ^ 1;
    written.disk.setBytes(path, bytes);
    let refused = 0;
    for (let from = 0; ; from++) {
      const disk = written.disk.afterKill();
      const clock = new ManualClock();
      const files = failOnce(disk, from);
      try {
        createStore({ disk, clock, repair: true });
      } catch (error) {
        assert.ok(error instanceof SimulatedDiskError, String(error));
        assert.deepEqual([files.open, clock.timers], [0, 0], error.message);
        refused++;
      }
      const { calls } = disk;
      disk.faultOf = () => undefined;
      assert.equal(createStore({ disk, clock, repair: true }).size, 8);
      if (calls < from) break;
    }
    assert.ok(refused > 15, `${refused}`);
  });
});
