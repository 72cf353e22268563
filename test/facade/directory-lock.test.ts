import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SimulatedProcess } from '../twins/simulated-lock-system.js';
import { drainMicrotasks } from '../twins/test-provider.js';
import { DIRECTORY, LOCK, lockedWith, setUp, UNKNOWN } from './lock-set-up.js';

const MANIFEST = '/journal/manifest.json';

type Change = Partial<SimulatedProcess>;

/** What is different about who comes second, and whether who had the lock runs then. */
const SAME_MACHINE: [string, Change, Change, boolean, 'refused' | 'taken over'][] = [
  ['another pid, the holder runs', {}, { pid: 2 }, true, 'refused'],
  ['another pid, the holder has ended', {}, { pid: 2 }, false, 'taken over'],
  ['the same pid, another start time', {}, { startTime: 200 }, false, 'taken over'],
  ['the same pid and start time', {}, {}, true, 'refused'],
  ['another boot', {}, { bootId: 'boot 2' }, false, 'taken over'],
  ['start times not known, the holder runs', UNKNOWN, { ...UNKNOWN, pid: 2 }, true, 'refused'],
  ['start times not known, ended', UNKNOWN, { ...UNKNOWN, pid: 2 }, false, 'taken over'],
  ['start times not known, the same pid', UNKNOWN, UNKNOWN, false, 'refused'],
];

describe('lockDirectory', () => {
  for (const [what, first, second, runs, result] of SAME_MACHINE) {
    it(`held on the same machine; ${what}: ${result}`, () => {
      const { world, lockAs } = setUp();
      const holder = world.start(first);
      lockAs(holder);
      const text = world.textOf(LOCK);
      if (!runs) world.end(holder);
      const taker = world.start(second);
      if (result === 'refused') {
        assert.throws(() => lockAs(taker), lockedWith('pid 1 on host alpha'));
        assert.equal(world.textOf(LOCK), text);
      } else {
        lockAs(taker);
        assert.notEqual(world.textOf(LOCK), text);
      }
      assert.deepEqual([...world.files.keys()], [LOCK]);
    });
  }

  it('the pid of the holder is that of another process now: taken over', () => {
    const { world, lockAs } = setUp();
    const holder = world.start({ pid: 1, startTime: 100 });
    lockAs(holder);
    world.end(holder);
    world.start({ pid: 1, startTime: 300 });
    lockAs(world.start({ pid: 2 }));
  });

  it('start time not known, another provider of the same process: refused until it is released', () => {
    const { world, lockWith } = setUp();
    const system = world.systemOf(world.start(UNKNOWN));
    const held = lockWith(system);
    const message = lockedWith('another provider of this process', 'pid 1 on host alpha');
    assert.throws(() => lockWith(system), message);
    held.release();
    lockWith(system).release();
    assert.deepEqual([system.ownTokens.size, world.files.size], [0, 0]);
  });

  it('start times and descriptors not known, a process with the same pid runs: taken over when the lock is 10 s old', () => {
    const { clock, world, lockAs } = setUp();
    const holder = world.start(UNKNOWN);
    lockAs(holder);
    world.end(holder);
    world.faultOf = (name) => (name === 'touch' ? 'EIO' : undefined);
    const taker = world.start(UNKNOWN);
    clock.advance(10_000);
    assert.throws(() => lockAs(taker), lockedWith('may be another process by now'));
    clock.advance(1);
    assert.equal(lockAs(taker).mustFence, true);
  });

  const elsewhere: [string, Change][] = [
    ['another host', { host: 'beta', bootId: 'boot 2' }],
    ['another container on this host', { pidNamespace: 'pids 2', pid: 7 }],
  ];
  for (const [what, change] of elsewhere) {
    it(`held by ${what}: refused as long as it is touched, taken over 10 s later`, async () => {
      const { clock, world, errors, lockAs } = setUp();
      lockAs(world.start());
      const taker = world.start(change);
      for (let i = 0; i < 10; i++) {
        clock.advance(2_000);
        await drainMicrotasks();
      }
      world.faultOf = (name) => (name === 'touch' ? 'EIO' : undefined);
      clock.advance(10_000);
      const message = lockedWith('pid 1 on host alpha', '10000 ms ago');
      assert.throws(() => lockAs(taker), message);
      clock.advance(1);
      lockAs(taker);
      await drainMicrotasks();
      assert.equal(errors[0]?.code, 'ERR_JOURNAL_UNAVAILABLE');
    });
  }

  for (const text of ['', '{"host":"al', '[]', 'null', '{"host":"alpha","pid":0,"token":""}']) {
    it(`a file that says ${text || 'nothing'}: refused while somebody may be writing it`, () => {
      const { world, lockAs } = setUp();
      world.put(LOCK, text, 10_000);
      const taker = world.start();
      assert.throws(() => lockAs(taker), lockedWith('does not say by whom'));
      world.put(LOCK, text, 10_001);
      lockAs(taker).release();
      assert.equal(world.files.size, 0);
    });
  }

  it('a token that is a path: is none', () => {
    const { world, lockAs } = setUp();
    world.put(LOCK, '{"host":"alpha","pid":9,"token":"/../../elsewhere"}', 60_000);
    world.faultOf = (_, path) => (path.startsWith('/journal') ? undefined : 'EACCES');
    lockAs(world.start());
    assert.deepEqual([...world.files.keys()], [LOCK]);
  });

  it('files that are not its own stay, in the directory and below', () => {
    const { world, lockAs } = setUp();
    for (const name of ['manifest.json', 'locksmith', 'epoch-1/lock.x'])
      world.put(`${DIRECTORY}/${name}`, '', 60_000);
    lockAs(world.start()).release();
    assert.equal(world.files.size, 3);
  });

  for (const name of ['create', 'makeDirectory', 'read', 'link', 'rename', 'remove', 'list']) {
    it(`${name} fails: ERR_JOURNAL_UNAVAILABLE; once it does not, the lock can be had`, () => {
      const { world, lockAs } = setUp();
      const holder = world.start();
      lockAs(holder);
      world.end(holder);
      const taker = world.start({ pid: 2 });
      let fails = true;
      world.faultOf = (called) => (called === name && fails ? 'EIO' : undefined);
      assert.throws(
        () => lockAs(taker),
        ({ code, message, cause }: { code?: string; message: string; cause: { code: string } }) => {
          assert.deepEqual([code, cause.code], ['ERR_JOURNAL_UNAVAILABLE', 'EIO']);
          assert(message.includes(DIRECTORY) && message.includes('EIO'), message);
          return true;
        },
      );
      fails = false;
      if (name === 'remove' || name === 'read') return;
      lockAs(taker);
    });
  }
});

describe('DirectoryLock', () => {
  it('release: the file is gone, and the timer; again: nothing', () => {
    const { clock, world, lockAs } = setUp();
    const held = lockAs(world.start());
    assert.equal(clock.timers, 1);
    held.release();
    assert.deepEqual([world.files.size, clock.timers], [0, 0]);
    lockAs(world.start({ pid: 2 }));
    held.release();
    assert.deepEqual([...world.files.keys()], [LOCK]);
  });

  it('release while it is being touched: stays released', async () => {
    const { clock, world, errors, lockAs } = setUp();
    const held = lockAs(world.start());
    clock.advance(2_000);
    held.release();
    await drainMicrotasks();
    assert.deepEqual([clock.timers, errors], [0, []]);
  });

  it('it cannot be touched: says so each time, and touches it again once it can', async () => {
    const { clock, world, errors, lockAs } = setUp();
    lockAs(world.start());
    const modifiedMs = clock.now();
    world.faultOf = (name) => (name === 'touch' ? 'EIO' : undefined);
    for (let i = 0; i < 3; i++) {
      if (i === 2) world.faultOf = () => undefined;
      clock.advance(2_000);
      await drainMicrotasks();
    }
    assert.deepEqual(
      errors.map(({ code, message }) => [code, message.includes('EIO')]),
      Array(2).fill(['ERR_JOURNAL_UNAVAILABLE', true]),
    );
    assert.equal(world.files.get(LOCK)?.modifiedMs, modifiedMs + 6_000);
  });

  it('taken over by another machine: says so once, and release leaves the lock of the other', async () => {
    const { clock, world, errors, lockAs } = setUp();
    const held = lockAs(world.start());
    const text = JSON.stringify({ host: 'beta', pid: 1, token: 'f'.repeat(32) });
    world.put(LOCK, text);
    clock.advance(2_000);
    await drainMicrotasks();
    assert.deepEqual(
      errors.map(({ code }) => code),
      ['ERR_JOURNAL_LOCKED'],
    );
    assert.equal(clock.timers, 0);
    held.release();
    assert.equal(world.textOf(LOCK), text);
  });

  it('taken over and not noticed yet: release leaves the lock of the other', () => {
    const { world, lockAs } = setUp();
    const held = lockAs(world.start());
    world.put(LOCK, 'of another');
    held.release();
    assert.equal(world.textOf(LOCK), 'of another');
  });

  it('release fails: ERR_JOURNAL_UNAVAILABLE, and it may be tried again', () => {
    const { world, lockAs } = setUp();
    const held = lockAs(world.start());
    world.faultOf = (name) => (name === 'remove' ? 'EROFS' : undefined);
    assert.throws(() => held.release(), { code: 'ERR_JOURNAL_UNAVAILABLE', message: /EROFS/ });
    world.faultOf = () => undefined;
    held.release();
    assert.equal(world.files.size, 0);
  });

  it('the lock is removed by somebody: is taken again by its holder, and is no lock of another', () => {
    const { clock, world, errors, lockAs } = setUp();
    const held = lockAs(world.start());
    world.files.delete(LOCK);
    clock.advance(2_000);
    assert(world.textOf(LOCK)?.includes(held.token));
    clock.advance(2_000);
    held.release();
    assert.deepEqual([errors, world.files.size, world.directories.size], [[], 0, 0]);
  });

  it('the lock is removed, and another has it: lost, and the other must fence', () => {
    const { clock, world, errors, lockAs } = setUp();
    lockAs(world.start());
    world.files.delete(LOCK);
    const other = lockAs(world.start({ pid: 2 }));
    assert.equal(other.mustFence, true);
    clock.advance(2_000);
    assert.deepEqual(
      errors.map(({ code }) => code),
      ['ERR_JOURNAL_LOCKED'],
    );
    assert(world.textOf(LOCK)?.includes(other.token));
  });

  it('the lock is removed, and another has had it in between: lost at the second look', () => {
    const { clock, world, errors, lockAs } = setUp();
    lockAs(world.start());
    world.put(MANIFEST, '{}');
    world.files.delete(LOCK);
    const other = lockAs(world.start({ pid: 2 }));
    other.endFence();
    other.release();
    clock.advance(4_000);
    assert.deepEqual(
      errors.map(({ code }) => code),
      ['ERR_JOURNAL_LOCKED'],
    );
    assert.equal(world.textOf(LOCK), undefined);
  });

  it('shards refresh it: its file is not written from here, and a loss is seen all the same', () => {
    const { clock, world, errors, lockAs } = setUp();
    const held = lockAs(world.start());
    const modifiedMs = clock.now();
    held.setTouching(false);
    clock.advance(8_000);
    assert.equal(world.files.get(LOCK)?.modifiedMs, modifiedMs);
    held.setTouching(true);
    clock.advance(2_000);
    assert.equal(world.files.get(LOCK)?.modifiedMs, modifiedMs + 10_000);
    held.setTouching(false);
    world.put(LOCK, 'of another');
    clock.advance(2_000);
    assert.equal(errors.length, 1);
  });
});
