import type { MessagePort } from 'node:worker_threads';
import { type DiskTask, performDiskTask } from '../disk-task.js';
import { messageOf } from '../errors.js';

/** What a task led to; an error loses what is not a message on its way to another thread. */
export interface DiskTaskResult {
  readonly error?: {
    readonly message: string;
    readonly code: unknown;
    readonly syscall: unknown;
  };
}

/**
 * The task that a pool runs once for each shard: from then on the disk tasks that come through the port are performed,
 * one after the other, and answered in order.
 */
export default function serveDisk(port: MessagePort): void {
  port.on('message', (task: DiskTask) => port.postMessage(perform(task)));
}

function perform(task: DiskTask): DiskTaskResult {
  try {
    performDiskTask(task);
    return {};
  } catch (thrown) {
    const { code, syscall } = Object(thrown) as { code?: unknown; syscall?: unknown };
    return { error: { message: messageOf(thrown), code, syscall } };
  }
}
