import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SessionStorageError } from '../../src/errors.js';
import { LockWait } from '../../src/facade/lock-wait.js';
import { ManualClock } from '../twins/manual-clock.js';

function setUp(timeoutMs = 15_000) {
  const clock = new ManualClock();
  const told: string[] = [];
  const at = { seemsFree: false, isFree: false, tries: 0, error: undefined as Error | undefined };
  const wait = new LockWait({
    clock,
    timeoutMs,
    seemsFree: () => at.seemsFree,
    open: () => {
      at.tries++;
      if (at.error !== undefined) throw at.error;
      if (!at.isFree) throw new SessionStorageError('ERR_JOURNAL_LOCKED', 'pid 7 has it');
      return 'opened';
    },
    onOpened: (opened) => told.push(opened),
    onFailed: (error) => told.push((error as Error).message),
  });
  return { clock, told, at, wait };
}

describe('LockWait', () => {
  it('the lock seems free: is taken within 100 ms, once', () => {
    const { clock, told, at } = setUp();
    clock.advance(300);
    assert.equal(at.tries, 0);
    Object.assign(at, { seemsFree: true, isFree: true });
    clock.advance(100);
    assert.deepEqual([told, at.tries, clock.timers], [['opened'], 1, 0]);
  });

  it('the lock is free and does not seem so: is taken within 1 s', () => {
    const { clock, told, at } = setUp();
    at.isFree = true;
    clock.advance(999);
    assert.deepEqual(told, []);
    clock.advance(1);
    assert.deepEqual(told, ['opened']);
  });

  it('it seems free and another takes it first: waits on', () => {
    const { clock, told, at } = setUp();
    at.seemsFree = true;
    clock.advance(5_000);
    assert.deepEqual(told, []);
    assert(at.tries > 10);
    at.isFree = true;
    clock.advance(100);
    assert.deepEqual(told, ['opened']);
  });

  it('held for all of the time-out: fails then, with who has it and how long it has waited', () => {
    const { clock, told } = setUp();
    clock.advance(14_999);
    assert.deepEqual(told, []);
    clock.advance(1);
    assert.match(told.join(), /pid 7 has it; .* store\.lockTimeout = 15000 ms/);
    assert.equal(clock.timers, 0);
  });

  it('released at the last moment: is taken', () => {
    const { clock, told, at } = setUp(50);
    at.isFree = true;
    clock.advance(50);
    assert.deepEqual(told, ['opened']);
  });

  it('another failure: fails at once', () => {
    const { clock, told, at } = setUp();
    at.error = new Error('EIO');
    clock.advance(1_000);
    assert.deepEqual([told, clock.timers], [['EIO'], 0]);
  });

  it('cancelled: nothing more is done', () => {
    const { clock, told, at, wait } = setUp();
    at.isFree = true;
    wait.cancel();
    clock.advance(60_000);
    assert.deepEqual([told, at.tries, clock.timers], [[], 0, 0]);
  });
});
