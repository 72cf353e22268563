import { setTimeout } from 'node:timers/promises';
import type { JstpSession } from '../../src/index.js';
import { collectGarbage } from '../measuring/garbage-collection.js';
import { Latencies } from '../measuring/latencies.js';
import { LoopDelay } from '../measuring/loop-delay.js';
import { readThreadCpuNs } from '../measuring/thread-cpu.js';
import { createSession, idOf, userIdOf } from '../measuring/typical.js';
import type { Peer } from '../peers/peer.js';
import type { Measured, Scenario, ScenarioContext } from './scenario.js';

const DAY_MS = 86_400_000;
const SETTLE_MS = 20;
/** A smaller storm before, so that the code has run. */
const WARM_UP_PART = 0.2;

export const storm: Scenario = {
  name: 'storm',
  title: 'all sessions are closed in one turn of the event loop, then all are restored in one',
  subjects: [
    'sharded',
    'built-in',
    'built-in strings',
    'memorystore',
    'lmdb',
    'ioredis',
    'node-redis',
    'map',
  ],
  variants: (quick) =>
    quick
      ? [{ name: '2k sessions', sessions: 2_000, secondsPerRun: 1 }]
      : [{ name: '100k sessions', sessions: 100_000, secondsPerRun: 5 }],
  run,
};

async function run({ kind, variant, onProgress }: ScenarioContext): Promise<Measured> {
  const { sessions } = variant;
  const warmUp = Math.ceil(sessions * WARM_UP_PART);
  const peer = await kind.create({ inactiveSessionLifetimeMs: DAY_MS });
  try {
    await close(peer, sessions, sessions + warmUp);
    await restore(peer, sessions, sessions + warmUp);
    onProgress(1, 3);
    const closing = await close(peer, 0, sessions);
    onProgress(2, 3);
    const { latencies, ...restoring } = await restore(peer, 0, sessions);
    return {
      metrics: {
        loopMaxMs: Math.max(closing.loopMaxMs, restoring.loopMaxMs),
        closeMs: closing.ms,
        restoreMs: restoring.ms,
        closeLoopMaxMs: closing.loopMaxMs,
        restoreLoopMaxMs: restoring.loopMaxMs,
        cpuNsPerClose: closing.cpuNs / sessions,
        cpuNsPerRestore: restoring.cpuNs / sessions,
        ...latencies.metrics('get'),
      },
    };
  } finally {
    await peer.close();
  }
}

interface Burst {
  readonly ms: number;
  readonly loopMaxMs: number;
  readonly cpuNs: number;
}

/** The sessions are live objects until they are closed, as in a server. */
async function close(peer: Peer, first: number, end: number): Promise<Burst> {
  const sessions: JstpSession[] = [];
  for (let session = first; session < end; session++) {
    sessions.push(createSession(idOf(session), session));
  }
  return measureBurst(() => {
    for (const session of sessions) {
      peer.set(session.id, session);
      peer.setInactive(session.id);
    }
    return peer.flush();
  });
}

async function restore(
  peer: Peer,
  first: number,
  end: number,
): Promise<Burst & { latencies: Latencies }> {
  const latencies = new Latencies();
  const burst = await measureBurst(
    () =>
      new Promise<void>((resolve, reject) => {
        const startMs = performance.now();
        let open = end - first;
        const receive = (session: number, restored: JstpSession | undefined) => {
          latencies.record(performance.now() - startMs);
          if (restored?.get('userId') !== userIdOf(session)) {
            reject(new Error(`expected session ${session} to be stored`));
          }
          if (--open === 0) resolve();
        };
        for (let session = first; session < end; session++) {
          peer.get(idOf(session), (restored) => receive(session, restored));
        }
      }),
  );
  return { ...burst, latencies };
}

async function measureBurst(burst: () => Promise<void>): Promise<Burst> {
  collectGarbage();
  const loopDelay = new LoopDelay();
  loopDelay.start();
  await setTimeout(SETTLE_MS);
  loopDelay.start();
  const startCpuNs = readThreadCpuNs();
  const startMs = performance.now();
  await burst();
  const ms = performance.now() - startMs;
  const cpuNs = readThreadCpuNs() - startCpuNs;
  loopDelay.stop();
  return { ms, cpuNs, loopMaxMs: loopDelay.maxMs };
}
