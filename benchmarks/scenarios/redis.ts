import type { Metrics } from '../measuring/metrics.js';
import { ioredis } from '../peers/ioredis.js';
import { RedisServer } from '../peers/redis-server.js';
import { mediansOf } from '../runner/aggregate.js';
import type { Measured, Scenario, ScenarioContext } from './scenario.js';
import {
  type Effort,
  measureInTurns,
  ratiosOf,
  type SideBySide,
  valuesOfOurs,
} from './side-by-side.js';

const DAY_MS = 86_400_000;

const FULL: Effort = {
  cyclesPerSecond: 10_000,
  turns: 8,
  cycles: { warmUpMs: 200, measuredMs: 1_000 },
  throughputMs: 500,
  // Each burst begins with a forced collection, after which much is compiled anew.
  throughputSessionsMax: 100_000,
};
const QUICK: Effort = {
  cyclesPerSecond: 1_000,
  turns: 1,
  cycles: { warmUpMs: 50, measuredMs: 100 },
  throughputMs: 20,
  throughputSessionsMax: 2_000,
};

export const redis: Scenario = {
  name: 'redis',
  title:
    "churn and throughput with Redis, in turn with ioredis on the server's thread, on one server",
  subjects: ['redis'],
  // The last is the one to be judged by: the default of ioredis is the quicker one.
  variants: (quick) =>
    [true, false].map((pipelinesByItself) => ({
      name: `${quick ? '2k' : '200k'} stored, ioredis ${pipelinesByItself ? 'with auto-pipelining' : 'as it is by default'}`,
      sessions: quick ? 2_000 : 200_000,
      pipelinesByItself,
      secondsPerRun: quick ? 2 : 100,
    })),
  run,
};

/** Both in one process, with a database each on one server of Redis. */
async function run({ kind, variant, quick, onProgress }: ScenarioContext): Promise<Measured> {
  const { sessions, pipelinesByItself = true } = variant;
  const effort = quick ? QUICK : FULL;
  const server = await RedisServer.start();
  const settings = { inactiveSessionLifetimeMs: DAY_MS, redisServer: server, pipelinesByItself };
  const peers = [await ioredis.create(settings), await kind.create(settings)] as const;
  try {
    const turns = await measureInTurns(peers, sessions, effort, onProgress);
    return { metrics: mediansOf(turns.map(metricsOf)) };
  } finally {
    await Promise.all(peers.map((peer) => peer.close()));
    await server.stop();
  }
}

function metricsOf(measured: SideBySide): Metrics {
  const { cpu, gets, sets } = ratiosOf(measured);
  return {
    cpuOverIoredis: cpu,
    getsOverIoredis: gets,
    setsOverIoredis: sets,
    ...valuesOfOurs(measured),
  };
}
