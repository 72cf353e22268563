import type { MessagePort } from 'node:worker_threads';
import type { Done } from '../disk.js';
import { type DiskTask, type RunDiskTask, runOnThisThread } from '../disk-task.js';
import type { DiskTaskResult } from './disk-worker.js';

/**
 * Has disk tasks performed by the thread behind the port, see `disk-worker.ts`. If that thread ends, what it has not
 * answered and all that follows is performed on the thread that asks, which then waits for the disk.
 */
export function connectDiskThread(port: MessagePort): RunDiskTask {
  let waiting: { readonly task: DiskTask; readonly done: Done }[] = [];
  let isConnected = true;
  port.on('message', ({ error }: DiskTaskResult) => {
    waiting.shift()?.done(error && Object.assign(new Error(error.message), error));
  });
  port.on('close', () => {
    isConnected = false;
    const left = waiting;
    waiting = [];
    for (const { task, done } of left) runOnThisThread(task, done);
  });
  return (task, done) => {
    if (!isConnected) return runOnThisThread(task, done);
    waiting.push({ task, done });
    port.postMessage(task);
  };
}
