import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LockKeeper } from '../../../src/shard/journal/lock-keeper.js';
import type { LockState } from '../../../src/shard/journal/touch-lock.js';
import { ManualClock } from '../../twins/manual-clock.js';

function setUp() {
  const clock = new ManualClock();
  const told: string[] = [];
  const at: { state: LockState | Error; touches: number } = { state: 'held', touches: 0 };
  const keeper = new LockKeeper({
    lock: { directory: '/journal', token: 'a' },
    clock,
    touch: () => {
      at.touches++;
      if (at.state instanceof Error) throw at.state;
      return at.state;
    },
    onLost: () => told.push('lost'),
    onFailed: (reason) => told.push(reason),
  });
  return { clock, told, at, keeper };
}

describe('LockKeeper', () => {
  it('start: refreshes the lock at once, and every 2 s until it is stopped', () => {
    const { clock, at, keeper } = setUp();
    keeper.start();
    clock.advance(6_000);
    assert.equal(at.touches, 4);
    keeper.stop();
    clock.advance(6_000);
    assert.deepEqual([at.touches, clock.timers], [4, 0]);
  });

  for (const state of ['removed', 'emptied'] as const) {
    it(`the files are ${state}: the lock is held, as nobody else has it`, () => {
      const { clock, told, at, keeper } = setUp();
      at.state = state;
      keeper.start();
      clock.advance(60_000);
      assert.deepEqual([keeper.isHeld(), told], [true, []]);
    });
  }

  it('taken by another: lost, told once, and it stays lost', () => {
    const { clock, told, at, keeper } = setUp();
    keeper.start();
    at.state = 'taken';
    clock.advance(2_000);
    at.state = 'held';
    assert.deepEqual([keeper.isHeld(), keeper.refresh(), told], [false, false, ['lost']]);
    assert.equal(clock.timers, 0);
  });

  it('gone: may be a removal that is under way once; twice in a row it is lost', () => {
    const { clock, told, at, keeper } = setUp();
    keeper.start();
    at.state = 'gone';
    clock.advance(2_000);
    at.state = 'emptied';
    clock.advance(2_000);
    at.state = 'gone';
    clock.advance(2_000);
    assert.deepEqual(told, []);
    clock.advance(2_000);
    assert.deepEqual(told, ['lost']);
  });

  it('isHeld: looks if nobody has yet, and not again at once', () => {
    const { at, keeper } = setUp();
    assert.deepEqual([keeper.isHeld(), keeper.isHeld()], [true, true]);
    assert.equal(at.touches, 1);
  });

  it('stopped for more than 5 s: isHeld sees that another has the lock', () => {
    const { clock, told, at, keeper } = setUp();
    keeper.start();
    keeper.stop();
    at.state = 'taken';
    clock.advance(5_000);
    assert.equal(keeper.isHeld(), true);
    clock.advance(1);
    assert.equal(keeper.isHeld(), false);
    assert.deepEqual(told, ['lost']);
  });

  it('it cannot be refreshed: told once until it could, and it is held', () => {
    const { clock, told, at, keeper } = setUp();
    at.state = new Error('EIO');
    keeper.start();
    clock.advance(4_000);
    assert.deepEqual([told, keeper.isHeld()], [['EIO'], true]);
    at.state = 'held';
    clock.advance(2_000);
    at.state = new Error('EROFS');
    clock.advance(2_000);
    assert.deepEqual(told, ['EIO', 'EROFS']);
  });
});
