import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClockShift } from '../../../src/shard/journal/clock-shift.js';
import { ManualClock } from '../../twins/manual-clock.js';

const HOUR_MS = 3_600_000;

function ahead(clock: ManualClock, ms: number): void {
  clock.setWall(clock.now() + ms);
}

describe('ClockShift', () => {
  it('a clock that was set before: the shift is known from the beginning', () => {
    const clock = new ManualClock();
    ahead(clock, -HOUR_MS);
    assert.equal(new ClockShift(clock).ms, -HOUR_MS);
  });

  it('less than half a second is noise, half a second is not', () => {
    const clock = new ManualClock();
    const shift = new ClockShift(clock);
    ahead(clock, 499);
    assert.deepEqual([shift.update(), shift.ms], [false, 0]);
    ahead(clock, -500);
    assert.deepEqual([shift.update(), shift.ms], [true, -500]);
    assert.equal(shift.update(), false);
  });

  it('a process that was stopped between the two readings sees no other shift', () => {
    class StoppedClock extends ManualClock {
      stopMs = 0;
      override wall(): number {
        const wallMs = super.wall();
        const stopMs = this.stopMs;
        this.stopMs = 0;
        this.advance(stopMs);
        return wallMs;
      }
    }
    const clock = new StoppedClock();
    const shift = new ClockShift(clock);
    clock.stopMs = HOUR_MS;
    assert.deepEqual([shift.update(), shift.ms], [false, 0]);
  });
});
