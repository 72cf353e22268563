import {
  close,
  closeSync,
  fdatasync,
  fdatasyncSync,
  fsync,
  fsyncSync,
  open,
  openSync,
  rm,
  rmSync,
} from 'node:fs';
import type { Done } from './disk.js';
import { setImmediate } from './timer-functions.js';

/** What a disk may take long for, so that nobody waits for it. */
export type DiskTask =
  /** Descriptors are those of the process, so any of its threads can do it. */
  | { readonly kind: 'sync'; readonly descriptor: number }
  | { readonly kind: 'syncDirectory'; readonly path: string }
  | { readonly kind: 'remove'; readonly path: string };

/** Performs a task, and calls back once, later. */
export type RunDiskTask = (task: DiskTask, done: Done) => void;

/** Performs a task now; the thread waits for the disk. Throws what the disk throws. */
export function performDiskTask(task: DiskTask): void {
  switch (task.kind) {
    case 'sync':
      fdatasyncSync(task.descriptor);
      break;
    case 'syncDirectory':
      syncDirectory(task.path);
      break;
    default:
      rmSync(task.path, { recursive: true, force: true });
  }
}

/** Performs tasks on the thread that asks, in a later turn of its event loop. */
export const runOnThisThread: RunDiskTask = (task, done) =>
  nextTurn(() => performDiskTask(task), done);

/** Acts in a later turn of the event loop, and tells what it throws. */
export function nextTurn(act: () => void, done: Done): void {
  setImmediate(() => {
    let error: Error | undefined;
    try {
      act();
    } catch (thrown) {
      error = thrown as Error;
    }
    done(error);
  });
}

/**
 * Performs tasks on the threads of libuv's pool, in any order. The application may keep these threads busy for as
 * long as it likes, so this is for what nothing waits for.
 */
export const runOnPool: RunDiskTask = (task, done) => {
  const settle = (error: Error | null): void => done(error ?? undefined);
  switch (task.kind) {
    case 'sync':
      fdatasync(task.descriptor, settle);
      break;
    case 'syncDirectory':
      open(task.path, 'r', (openError, descriptor) => {
        if (openError !== null) return settle(openError);
        fsync(descriptor, (syncError) => {
          close(descriptor, (closeError) => settle(syncError ?? closeError));
        });
      });
      break;
    default:
      rm(task.path, { recursive: true, force: true }, settle);
  }
};

function syncDirectory(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
