import { getHeapStatistics } from 'node:v8';
import { resourceLimits } from 'node:worker_threads';

const MIB = 2 ** 20;

/** MiB of the young generation by V8's version; a line that is not here may have the largest. */
const YOUNG_MIB_BY_V8: Readonly<Record<string, number>> = { 11: 48, 12: 48, 13: 192, 14: 96 };
const YOUNG_MIB_MAX = 192;
/** Where a small heap was asked for as a whole, the young generation is a small part of it. */
const YOUNG_PART_MAX = 3 / 4;

/** What V8 says of the heap of one thread. Tests give their own. */
export interface HeapFacts {
  /** `heap_size_limit`: both generations. The one figure that knows `--max-old-space-size`, in a worker too. */
  readonly limitBytes: number;
  /** Of a worker, as its creator asked; `undefined` on the main thread. */
  readonly youngMiB: number | undefined;
  readonly v8Version: string;
}

function readHeapFacts(): HeapFacts {
  return {
    limitBytes: getHeapStatistics().heap_size_limit,
    youngMiB: resourceLimits.maxYoungGenerationSizeMb,
    v8Version: process.versions.v8,
  };
}

/**
 * Bytes that may live on this thread's heap: V8 ends the thread, or the process, when its old generation has
 * reached the limit. `resourceLimits` tells of a worker only what was asked for, and the process's
 * `--max-old-space-size` holds instead (measured in `docs/design/resources.md`).
 */
export function oldGenerationBytes(facts: HeapFacts = readHeapFacts()): number {
  const { limitBytes, youngMiB, v8Version } = facts;
  const [major = ''] = v8Version.split('.');
  const youngBytes = (youngMiB ?? YOUNG_MIB_BY_V8[major] ?? YOUNG_MIB_MAX) * MIB;
  return Math.floor(limitBytes - Math.min(youngBytes, limitBytes * YOUNG_PART_MAX));
}
