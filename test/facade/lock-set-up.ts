import assert from 'node:assert/strict';
import type { SessionStorageError } from '../../src/errors.js';
import { type DirectoryLock, lockDirectory } from '../../src/facade/directory-lock.js';
import type { LockSystem } from '../../src/facade/lock-system.js';
import { ManualClock } from '../twins/manual-clock.js';
import { LockWorld, type SimulatedProcess } from '../twins/simulated-lock-system.js';

export const DIRECTORY = '/journal';
export const LOCK = '/journal/lock';
/** A system that does not say. */
export const UNKNOWN = { startTime: undefined, bootId: undefined, pidNamespace: undefined };

export function setUp() {
  const clock = new ManualClock();
  const world = new LockWorld(clock);
  const errors: SessionStorageError[] = [];
  const onError = (error: SessionStorageError) => errors.push(error);
  const lockWith = (system: LockSystem): DirectoryLock =>
    lockDirectory({ system, clock, directory: DIRECTORY, onError });
  const lockAs = (process: SimulatedProcess) => lockWith(world.systemOf(process));
  return { clock, world, errors, lockWith, lockAs };
}

export function lockedWith(...parts: string[]) {
  return ({ code, message }: { code?: string; message: string }) => {
    assert.equal(code, 'ERR_JOURNAL_LOCKED', message);
    for (const part of [DIRECTORY, ...parts]) assert(message.includes(part), message);
    return true;
  };
}
