import { performance } from 'node:perf_hooks';
import * as timers from 'node:timers';

/**
 * The time and the timers of Node.js as they are when this package is loaded. Tests of a server replace the
 * global ones (`node:test`, sinon, Jest, Vitest); a store whose timers stand still with them would never settle
 * an operation, and the clock of the server's thread would leave that of the shards. No other file of `src`
 * uses the global ones, which `test/timer-functions.test.ts` checks.
 */
export const setTimeout = original('setTimeout', timers.setTimeout);
export const clearTimeout = original('clearTimeout', timers.clearTimeout);
export const setInterval = original('setInterval', timers.setInterval);
export const setImmediate = original('setImmediate', timers.setImmediate);

export const nextTick = original('nextTick', process.nextTick);
export const hrtime = original('hrtime', process.hrtime);

/** For times that are read back: `structuredClone` makes no other. */
export const SystemDate = original('Date', Date);

/** Unix milliseconds of the machine's clock. */
export const wallMs = SystemDate.now;

/** Milliseconds since this thread was started. */
export const threadMs: () => number = nowOfClass().bind(performance);

/** What replaces `performance.now` stands on the object, before that of its class. */
function nowOfClass(): () => number {
  return Object.getPrototypeOf(performance).now;
}

/**
 * Jest may replace timers before it loads a package. The library behind sinon, Jest and Vitest, fake-timers, keeps
 * what it replaced in its clock, under the name with a low line.
 */
function original<Replaced>(name: string, current: Replaced): Replaced {
  const { clock } = current as { clock?: Record<string, unknown> };
  const kept = clock?.[`_${name}`];
  return typeof kept === 'function' ? (kept as Replaced) : current;
}
