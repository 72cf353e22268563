import { readFileSync } from 'node:fs';
import { availableParallelism, platform, totalmem } from 'node:os';
import { type ReadText, readCgroupLimits } from './cgroup-limits.js';

/** What this process may use of its machine. */
export interface ProcessResources {
  readonly memoryBytes: number;
  /** CPUs; half of one is 0.5. */
  readonly cpus: number;
}

/** What the operating system says. Tests put a twin in its place. */
export interface OperatingSystem {
  readonly isLinux: boolean;
  readonly readText: ReadText;
  /** CPUs that the process may run on, at least 1. */
  readonly cpus: () => number;
  readonly memoryBytes: () => number;
  /** What Node.js takes for the limit of the process's memory: 0, `undefined` or a huge number without one. */
  readonly constrainedMemoryBytes: () => number | undefined;
}

const nodeSystem: OperatingSystem = {
  isLinux: platform() === 'linux',
  readText: (path) => {
    try {
      return readFileSync(path, 'latin1');
    } catch {
      // Containers hide some of these files: what cannot be read limits nothing.
      return undefined;
    }
  },
  cpus: availableParallelism,
  memoryBytes: totalmem,
  constrainedMemoryBytes: () => process.constrainedMemory(),
};

/**
 * The memory and the CPUs that this process may use: those of the machine, or what its container or service
 * (cgroup) allows, if that is less. Node.js itself knows only a part of these limits (see
 * `docs/design/resources.md`), so on Linux it is asked only where there are no cgroups.
 */
export function readProcessResources(system: OperatingSystem = nodeSystem): ProcessResources {
  const limits = system.isLinux ? readCgroupLimits(system.readText) : undefined;
  const constrained = limits?.memoryBytes ?? system.constrainedMemoryBytes() ?? 0;
  return {
    memoryBytes: Math.min(system.memoryBytes(), constrained > 0 ? constrained : Infinity),
    cpus: Math.min(system.cpus(), limits?.cpus ?? Infinity),
  };
}
