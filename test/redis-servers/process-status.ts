import { readFileSync } from 'node:fs';

/** A field of `/proc/<pid>/status`; `undefined` where the system has no such file, or the process has ended. */
export function statusOf(pid: number, field: string): string | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    return new RegExp(`^${field}:\\s+(.*)`, 'm').exec(status)?.[1];
  } catch {
    return undefined;
  }
}

/** Whether there is such a process. One that has ended and waits for its parent to notice is none. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return !statusOf(pid, 'State')?.startsWith('Z');
}
