import { Latencies } from '../measuring/latencies.js';
import { PingPong } from '../measuring/ping-pong.js';
import { idOf } from '../measuring/typical.js';
import type { Peer } from '../peers/peer.js';
import { fill } from './filling.js';
import type { Measured, Scenario, ScenarioContext } from './scenario.js';

const DAY_MS = 86_400_000;
/** In turn, so that both meet the same machine. */
const TURN_REQUESTS = 200;
const WARM_UP_TURNS = 10;
const US_PER_MS = 1e3;

const FULL_TURNS = 100;
const QUICK_TURNS = 2;

export const latency: Scenario = {
  name: 'latency',
  title: 'one get at a time, beside a number that is sent to another thread and back',
  subjects: ['sharded', 'ioredis', 'node-redis'],
  variants: (quick) => [
    quick
      ? { name: '2k stored', sessions: 2_000, secondsPerRun: 1 }
      : { name: '100k stored', sessions: 100_000, secondsPerRun: 9 },
  ],
  run,
};

async function run({ kind, variant, quick, onProgress }: ScenarioContext): Promise<Measured> {
  const { sessions } = variant;
  const turns = quick ? QUICK_TURNS : FULL_TURNS;
  const peer = await kind.create({ inactiveSessionLifetimeMs: DAY_MS });
  const pingPong = new PingPong();
  try {
    await fill(peer, 0, sessions, () => {});
    const gets = new Latencies();
    const pingPongs = new Latencies();
    for (let turn = -WARM_UP_TURNS; turn < turns; turn++) {
      if (turn === 0) for (const latencies of [gets, pingPongs]) latencies.reset();
      await record(gets, () => get(peer, Math.floor(Math.random() * sessions)));
      await record(pingPongs, () => pingPong.ask());
      onProgress(Math.max(0, turn), turns);
    }
    const getMs = gets.percentileMs(50);
    const pingPongMs = pingPongs.percentileMs(50);
    return {
      metrics: {
        getOverPingPong: getMs / pingPongMs,
        getP50Us: getMs * US_PER_MS,
        getP99Us: gets.percentileMs(99) * US_PER_MS,
        pingPongP50Us: pingPongMs * US_PER_MS,
        pingPongP99Us: pingPongs.percentileMs(99) * US_PER_MS,
      },
    };
  } finally {
    await pingPong.close();
    await peer.close();
  }
}

async function record(latencies: Latencies, act: () => Promise<void>): Promise<void> {
  for (let i = 0; i < TURN_REQUESTS; i++) {
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
