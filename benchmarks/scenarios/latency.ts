import { Latencies } from '../measuring/latencies.js';
import type { Metrics } from '../measuring/metrics.js';
import { PingPong } from '../measuring/ping-pong.js';
import { idOf } from '../measuring/typical.js';
import type { Peer, PeerKind } from '../peers/peer.js';
import { mediansOf } from '../runner/aggregate.js';
import { fill } from './filling.js';
import type { Measured, Scenario, ScenarioContext } from './scenario.js';

const DAY_MS = 86_400_000;
const US_PER_MS = 1e3;

interface Effort {
  /** How often the store and the bare thread are started, in turn. */
  readonly turns: number;
  readonly warmUpRequests: number;
  readonly requests: number;
}

const FULL: Effort = { turns: 5, warmUpRequests: 2_000, requests: 4_000 };
const QUICK: Effort = { turns: 1, warmUpRequests: 50, requests: 200 };

export const latency: Scenario = {
  name: 'latency',
  title: 'one get at a time, beside a number that is sent to another thread and back',
  subjects: ['sharded', 'ioredis', 'node-redis'],
  variants: (quick) => [
    quick
      ? { name: '2k stored', sessions: 2_000, secondsPerRun: 1 }
      : { name: '10k stored', sessions: 10_000, secondsPerRun: 9 },
  ],
  run,
};

/**
 * The store and the bare thread are there one at a time: with both, the system may give one of them
 * the better processor for good. Each is started anew in each turn, and so placed anew.
 */
async function run({ kind, variant, quick, onProgress }: ScenarioContext): Promise<Measured> {
  const effort = quick ? QUICK : FULL;
  const turns: Metrics[] = [];
  for (let turn = 0; turn < effort.turns; turn++) {
    turns.push(await measureTurn(kind, variant.sessions, effort));
    onProgress(turn + 1, effort.turns);
  }
  return { metrics: mediansOf(turns) };
}

/** The ratio is that of one turn, in which both met the same machine. */
async function measureTurn(kind: PeerKind, sessions: number, effort: Effort): Promise<Metrics> {
  const pingPongs = new Latencies();
  const gets = new Latencies();
  await measurePingPong(pingPongs, effort);
  await measureGets(gets, kind, sessions, effort);
  return {
    getOverPingPong: gets.percentileMs(50) / pingPongs.percentileMs(50),
    getP50Us: gets.percentileMs(50) * US_PER_MS,
    getP99Us: gets.percentileMs(99) * US_PER_MS,
    pingPongP50Us: pingPongs.percentileMs(50) * US_PER_MS,
    pingPongP99Us: pingPongs.percentileMs(99) * US_PER_MS,
  };
}

async function measurePingPong(latencies: Latencies, effort: Effort): Promise<void> {
  const pingPong = new PingPong();
  try {
    await measure(latencies, effort, () => pingPong.ask());
  } finally {
    await pingPong.close();
  }
}

async function measureGets(
  latencies: Latencies,
  kind: PeerKind,
  sessions: number,
  effort: Effort,
): Promise<void> {
  const peer = await kind.create({ inactiveSessionLifetimeMs: DAY_MS });
  try {
    await fill(peer, 0, sessions, () => {});
    await measure(latencies, effort, () => get(peer, Math.floor(Math.random() * sessions)));
  } finally {
    await peer.close();
  }
}

async function measure(
  latencies: Latencies,
  { warmUpRequests, requests }: Effort,
  act: () => Promise<void>,
): Promise<void> {
  for (let request = 0; request < warmUpRequests; request++) await act();
  for (let request = 0; request < requests; request++) {
    const startMs = performance.now();
    await act();
    latencies.record(performance.now() - startMs);
  }
}

function get(peer: Peer, session: number): Promise<void> {
  return new Promise((resolve, reject) => {
    peer.get(idOf(session), (restored) => {
      if (restored === undefined) reject(new Error(`expected session ${session} to be stored`));
      else resolve();
    });
  });
}
