import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type DirectoryLock, lockDirectory } from '../../src/facade/directory-lock.js';
import type { SimulatedProcess } from '../twins/simulated-lock-system.js';
import { DIRECTORY, LOCK, lockedWith, setUp, UNKNOWN } from './lock-set-up.js';

describe('lockDirectory over a holder that was not seen to end', () => {
  function takenOver() {
    const set = setUp();
    const { clock, world, lockAs } = set;
    const stale = lockAs(world.start({ host: 'beta' }));
    clock.advance(1_000);
    world.faultOf = (name) => (name === 'touch' ? 'EIO' : undefined);
    clock.advance(10_000);
    const process = world.start();
    return { ...set, stale, process, next: lockAs(process) };
  }

  it('must fence, until it has done so; who takes the lock over from a dead one before that must as well', () => {
    const { world, lockAs, next, process } = takenOver();
    assert.equal(next.mustFence, true);
    world.end(process);
    const third = lockAs(world.start({ pid: 2 }));
    assert.equal(third.mustFence, true);
    third.endFence();
    assert.equal(third.mustFence, false);
    third.release();
    assert.equal(lockAs(world.start({ pid: 3 })).mustFence, false);
  });

  it('the old holder releases its lock: that of the next one stays, whatever the old one has seen', () => {
    const { world, stale, next } = takenOver();
    stale.release();
    assert(world.textOf(LOCK)?.includes(next.token));
    const { token, ownDirectory } = next;
    assert(world.directories.has(ownDirectory) && ownDirectory.includes(token));
  });

  it('the old holder is stopped in the middle of its release, behind the look at the lock: that of the next one stays', () => {
    const { clock, world, lockAs } = setUp();
    const stale = lockAs(world.start({ host: 'beta' }));
    world.put(LOCK, world.textOf(LOCK) ?? '', 10_001);
    let next: DirectoryLock | undefined;
    world.faultOf = (name, path) => {
      if (next === undefined && ['rename', 'remove'].includes(name) && path === LOCK) {
        world.faultOf = () => undefined;
        next = lockAs(world.start());
      }
      return undefined;
    };
    stale.release();
    assert(next !== undefined && world.textOf(LOCK)?.includes(next.token));
    assert.equal(clock.timers, 1);
  });

  it('nothing can be renamed out of the directory of the old holder any more', () => {
    const { world, stale, next } = takenOver();
    const system = world.systemOf(world.start());
    assert.equal(system.exists(stale.ownDirectory), false);
    assert.equal(system.exists(next.ownDirectory), true);
  });

  it('a holder that was seen to end: nothing is to be fenced', () => {
    const { world, lockAs } = setUp();
    const process = world.start();
    lockAs(process);
    world.end(process);
    const next = lockAs(world.start({ pid: 2 }));
    assert.equal(next.mustFence, false);
    assert.deepEqual([...world.directories], [next.ownDirectory]);
  });
});

describe('lockDirectory where descriptors can be looked up', () => {
  function lockedBy(process: Partial<SimulatedProcess> = {}) {
    const set = setUp();
    set.world.showsDescriptors = true;
    const holder = set.world.start(process);
    set.lockAs(holder);
    return { ...set, holder };
  }

  it('the thread that has the lock has ended, its process has not: taken over by the same process, and fenced', () => {
    const { world, lockAs, holder } = lockedBy();
    assert.throws(() => lockAs(holder), lockedWith('another provider of this process'));
    world.endThread(holder);
    assert.equal(lockAs(holder).mustFence, true);
  });

  it('the same, by another process', () => {
    const { world, lockAs, holder } = lockedBy();
    const taker = world.start({ pid: 2 });
    assert.throws(() => lockAs(taker), lockedWith('a running process'));
    world.endThread(holder);
    assert.equal(lockAs(taker).mustFence, true);
  });

  it('a copy of the directory of a holder that runs: is taken; the original is not', () => {
    const { clock, world, lockAs } = lockedBy();
    world.copy(DIRECTORY, '/copy');
    const taker = world.start({ pid: 2 });
    const system = world.systemOf(taker);
    const onError = (error: Error) => assert.fail(error);
    const lock = lockDirectory({ system, clock, directory: '/copy', onError });
    assert.notEqual(world.textOf('/copy/lock'), world.textOf(LOCK));
    assert.throws(() => lockAs(taker), lockedWith('a running process'));
    lock.release();
  });

  it('start times are not known, the holder runs and keeps its file open: refused, however old the lock is', () => {
    const { clock, world, lockAs } = lockedBy(UNKNOWN);
    world.faultOf = (name) => (name === 'touch' ? 'EIO' : undefined);
    clock.advance(60_000);
    assert.throws(() => lockAs(world.start({ ...UNKNOWN, pid: 2 })), lockedWith('pid 1'));
  });
});
