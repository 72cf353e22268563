import { type CgroupController, type CgroupFolders, cgroupFoldersOf } from './cgroup-folders.js';

/** The text of a file; `undefined` if there is none, or it may not be read. */
export type ReadText = (path: string) => string | undefined;

/** What the control groups of Linux allow this process. `Infinity`: no limit. */
export interface CgroupLimits {
  readonly memoryBytes: number;
  /** Time on CPUs per time; half a CPU is 0.5. */
  readonly cpus: number;
}

/**
 * Reads the limits of the process's own group and of every group around it: the smallest counts, as the kernel
 * holds a process to all of them. `undefined` where there are no control groups.
 */
export function readCgroupLimits(read: ReadText): CgroupLimits | undefined {
  const memberships = read('/proc/self/cgroup');
  const mounts = read('/proc/self/mountinfo');
  if (memberships === undefined || mounts === undefined) return undefined;
  const smallest = (controller: CgroupController, limitOf: LimitOfFolder): number => {
    const folders = cgroupFoldersOf(controller, memberships, mounts);
    return Math.min(...folders.flatMap((found) => limitsIn(found, limitOf, read)));
  };
  return {
    memoryBytes: smallest('memory', memoryBytesOf),
    cpus: smallest('cpu', cpusOf),
  };
}

type LimitOfFolder = (version: 1 | 2, folder: string, read: ReadText) => number;

function limitsIn({ version, paths }: CgroupFolders, limitOf: LimitOfFolder, read: ReadText) {
  return paths.map((folder) => limitOf(version, folder, read));
}

/** Above `memory.high` the kernel takes memory back, which slows a process down as if it were stopped. */
function memoryBytesOf(version: 1 | 2, folder: string, read: ReadText): number {
  const names = version === 2 ? ['memory.max', 'memory.high'] : ['memory.limit_in_bytes'];
  return Math.min(...names.map((name) => positiveOr(read(`${folder}/${name}`), Infinity)));
}

function cpusOf(version: 1 | 2, folder: string, read: ReadText): number {
  const [quotaUs, periodUs] =
    version === 2
      ? (read(`${folder}/cpu.max`) ?? '').split(' ')
      : [read(`${folder}/cpu.cfs_quota_us`), read(`${folder}/cpu.cfs_period_us`)];
  return positiveOr(quotaUs, Infinity) / positiveOr(periodUs, 100_000);
}

/** A whole number above 0. Whatever else a file says (`max`, `-1`, nothing) is no limit. */
function positiveOr(text: string | undefined, otherwise: number): number {
  const trimmed = text?.trim() ?? '';
  return /^\d+$/.test(trimmed) && Number(trimmed) > 0 ? Number(trimmed) : otherwise;
}
