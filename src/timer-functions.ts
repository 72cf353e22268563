import { performance } from 'node:perf_hooks';
import * as timers from 'node:timers';

/**
 * The time and the timers of Node.js as they are when this package is loaded. Tests of a server replace the
 * global ones (`node:test`, sinon, Jest, Vitest); a store whose timers stand still with them would never settle
 * an operation, and the clock of the server's thread would leave that of the shards. No other file of `src`
 * uses the global ones, which `test/timer-functions.test.ts` checks.
 *
 * The module and not the globals, because Jest loads a package after it has replaced the globals of a test.
 */
export const { setTimeout, clearTimeout, setInterval, setImmediate } = timers;

export const { nextTick, hrtime } = process;

/** Unix milliseconds of the machine's clock. */
export const wallMs = Date.now;

/** Milliseconds since this thread was started. */
export const threadMs: () => number = performance.now.bind(performance);

/** For times that are read back: `structuredClone` makes no other. */
export const SystemDate = Date;
