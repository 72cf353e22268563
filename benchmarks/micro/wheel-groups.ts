import { ExpiryWheel } from '../../src/shard/expiry-wheel.js';
import { formatCount } from '../table.js';
import { BATCH, type Case, type Group } from './case.js';

const TICK_MS = 1_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Sessions that are in the wheel all the time. */
const RESIDENTS = 100_000;
/** So many ticks ahead that none of them comes due however long the measurement takes. */
const FAR_MS = 10_000 * DAY_MS;

export function createWheelGroups(): Group[] {
  const cases = [scheduling(), reschedulingLater(), reschedulingEarlier(), expiring(), idling()];
  return [{ title: `expiry wheel, ${formatCount(RESIDENTS)} entries`, cases, compared: false }];
}

/** The sessions that come and go, and when they are due: 12 to 24 hours from the start. */
const BATCHED = Array.from({ length: BATCH }, (_, i) => ({
  entry: RESIDENTS + i,
  deadlineMs: 12 * HOUR_MS + ((i * 7_919_000) % (12 * HOUR_MS)),
}));

function scheduling(): Case {
  const wheel = createWheel();
  let scheduled = false;
  return {
    name: 'schedule',
    operations: BATCH,
    prepare: () => {
      if (scheduled) for (const { entry } of BATCHED) wheel.deschedule(entry);
      scheduled = true;
    },
    run: () => {
      for (const { entry, deadlineMs } of BATCHED) wheel.schedule(entry, deadlineMs);
    },
  };
}

function reschedulingLater(): Case {
  const wheel = createWheel();
  for (const { entry } of BATCHED) wheel.schedule(entry, DAY_MS);
  let deadlineMs = DAY_MS;
  return {
    name: 'reschedule later',
    operations: BATCH,
    run: () => {
      deadlineMs++;
      for (const { entry } of BATCHED) wheel.reschedule(entry, deadlineMs);
    },
  };
}

function reschedulingEarlier(): Case {
  const wheel = createWheel();
  for (const { entry } of BATCHED) wheel.schedule(entry, DAY_MS);
  return {
    name: 'reschedule earlier',
    operations: BATCH,
    prepare: () => {
      for (const { entry } of BATCHED) wheel.reschedule(entry, DAY_MS);
    },
    run: () => {
      for (const { entry, deadlineMs } of BATCHED) wheel.reschedule(entry, deadlineMs);
    },
  };
}

/** All that the wheel does for an entry after its schedule. A wheel of their own: days pass here. */
function expiring(): Case {
  let expired = 0;
  const wheel = new ExpiryWheel(TICK_MS, 0, () => expired++);
  let nowMs = 0;
  return {
    name: 'advance, per entry that expires after 12 to 24 hours',
    operations: BATCH,
    prepare: () => {
      for (const { entry, deadlineMs } of BATCHED) wheel.schedule(entry, nowMs + deadlineMs);
      expired = 0;
    },
    run: () => {
      nowMs += DAY_MS;
      wheel.advance(nowMs, Number.POSITIVE_INFINITY);
      if (expired !== BATCH) throw new Error(`expected ${BATCH} expired entries, got ${expired}`);
    },
  };
}

function idling(): Case {
  const wheel = createWheel();
  let nowMs = 0;
  return {
    name: 'advance, per tick with nothing due',
    operations: BATCH,
    run: () => {
      for (let i = 0; i < BATCH; i++) {
        nowMs += TICK_MS;
        wheel.advance(nowMs, Number.POSITIVE_INFINITY);
      }
    },
  };
}

function createWheel(): ExpiryWheel {
  const wheel = new ExpiryWheel(TICK_MS, 0, failOnExpired);
  for (let entry = 0; entry < RESIDENTS; entry++) {
    wheel.schedule(entry, FAR_MS + (entry % 1_000) * DAY_MS);
  }
  return wheel;
}

function failOnExpired(entry: number): never {
  throw new Error(`expected nothing to expire, got ${entry}`);
}
