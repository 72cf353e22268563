import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { readProcessCpuNs } from '../measuring/thread-cpu.js';
import { idOf } from '../measuring/typical.js';
import { DiskDirectory } from '../peers/disk-directory.js';
import type { Peer } from '../peers/peer.js';
import { assertStored } from './filling.js';
import type { Measured, Scenario, ScenarioContext, Variant } from './scenario.js';

const FILL_PROCESS = fileURLToPath(new URL('./restart/fill-process.js', import.meta.url));
const DAY_MS = 86_400_000;

/** The goal is read at the last one: as it is by default. */
const VARIANTS: readonly Variant[] = [
  {
    name: '1M stored, 2 shards',
    sessions: 1_000_000,
    shards: 2,
    secondsPerRun: 20,
    subjects: ['journal everysec'],
  },
  { name: '1M stored', sessions: 1_000_000, secondsPerRun: 20 },
];

export const restart: Scenario = {
  name: 'restart',
  title: 'a process fills a store on a disk and ends, and a new one opens it',
  subjects: ['journal everysec', 'lmdb disk'],
  variants: (quick) =>
    quick ? [{ name: '2k stored', sessions: 2_000, secondsPerRun: 2 }] : VARIANTS,
  run,
};

/** What another process is told. */
export interface FillTask {
  readonly subject: string;
  readonly sessions: number;
  readonly shards: number | undefined;
  readonly directory: string;
}

/** This process is the new one: before, it has only waited. */
async function run({ kind, variant, onProgress }: ScenarioContext): Promise<Measured> {
  const { sessions, shards } = variant;
  const directory = new DiskDirectory(undefined);
  try {
    const task: FillTask = { subject: kind.name, sessions, shards, directory: directory.path };
    await promisify(execFile)(process.execPath, [FILL_PROCESS, JSON.stringify(task)]);
    onProgress(1, 2);
    const startMs = performance.now();
    const startCpuNs = readProcessCpuNs();
    const peer = await kind.create({
      inactiveSessionLifetimeMs: DAY_MS,
      directory: directory.path,
      ...(shards === undefined ? {} : { shards }),
    });
    const readyMs = performance.now();
    const readyCpuNs = readProcessCpuNs();
    try {
      await getOne(peer);
      const firstGetMs = performance.now() - readyMs;
      await assertStored(peer, sessions);
      return {
        metrics: {
          readySeconds: (readyMs - startMs) / 1e3,
          readyCpuSeconds: (readyCpuNs - startCpuNs) / 1e9,
          firstGetMs,
        },
      };
    } finally {
      await peer.close();
    }
  } finally {
    directory.remove();
  }
}

function getOne(peer: Peer): Promise<unknown> {
  return new Promise((resolve) => peer.get(idOf(0), resolve));
}
