import { readFileSync } from 'node:fs';

/** Of the calling thread: time on a processor, time in wait of one, turns. Linux. */
const SCHEDSTAT = '/proc/thread-self/schedstat';

/** Nanoseconds that the calling thread, or what comes nearest to it, has spent on a processor. */
export const readThreadCpuNs: () => number = chooseSource();

/** Figures are of the calling thread and not of the whole process. */
export const isPerThread: boolean = readThreadCpuNs !== readProcessCpuNs;

export function readProcessCpuNs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1e3;
}

function chooseSource(): () => number {
  try {
    if (readSchedstatNs() > 0) return readSchedstatNs;
  } catch {
    // Not Linux, or a kernel that keeps no such statistics.
  }
  // From Node.js 23.9 on.
  return 'threadCpuUsage' in process ? readThreadUsageNs : readProcessCpuNs;
}

function readSchedstatNs(): number {
  return Number.parseInt(readFileSync(SCHEDSTAT, 'latin1'), 10);
}

function readThreadUsageNs(): number {
  const { threadCpuUsage } = process as unknown as { threadCpuUsage: typeof process.cpuUsage };
  const { user, system } = threadCpuUsage.call(process);
  return (user + system) * 1e3;
}
