import type { Metrics } from '../measuring/metrics.js';
import { ioredis } from '../peers/ioredis.js';
import { RedisServer } from '../peers/redis-server.js';
import { mediansOf } from '../runner/aggregate.js';
import { assertStored, fill } from './filling.js';
import type { Measured, Scenario, ScenarioContext } from './scenario.js';
import { type Effort, measureSideBySide, type SideBySide } from './side-by-side.js';

const DAY_MS = 86_400_000;

const FULL: Effort = {
  cyclesPerSecond: 10_000,
  turns: 15,
  cycles: { warmUpMs: 200, measuredMs: 1_000 },
  throughputMs: 500,
  throughputSessionsMax: 20_000,
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
  variants: (quick) =>
    quick
      ? [{ name: '2k stored', sessions: 2_000, secondsPerRun: 2 }]
      : [{ name: '200k stored', sessions: 200_000, secondsPerRun: 70 }],
  run,
};

/** Both in one process, with a database each on one server of Redis. */
async function run({ kind, variant, quick, onProgress }: ScenarioContext): Promise<Measured> {
  const { sessions } = variant;
  const effort = quick ? QUICK : FULL;
  const server = await RedisServer.start();
  const settings = { inactiveSessionLifetimeMs: DAY_MS, redisServer: server };
  const peers = [await ioredis.create(settings), await kind.create(settings)] as const;
  const [other, ours] = peers;
  try {
    for (const peer of peers) {
      await fill(peer, 0, sessions, () => {});
      await assertStored(peer, sessions);
    }
    const turns: Metrics[] = [];
    for (let turn = 0; turn < effort.turns; turn++) {
      const isOtherFirst = turn % 2 === 0;
      turns.push(metricsOf(await measureSideBySide(other, ours, isOtherFirst, sessions, effort)));
      onProgress(turn + 1, effort.turns);
    }
    for (const peer of peers) await assertStored(peer, sessions);
    return { metrics: mediansOf(turns) };
  } finally {
    await Promise.all(peers.map((peer) => peer.close()));
    await server.stop();
  }
}

function metricsOf({ cycleNs, ownNs, getsPerSecond, setsPerSecond }: SideBySide): Metrics {
  return {
    cpuOverIoredis: cycleNs.ofOurs / cycleNs.ofOther,
    getsOverIoredis: getsPerSecond.ofOurs / getsPerSecond.ofOther,
    setsOverIoredis: setsPerSecond.ofOurs / setsPerSecond.ofOther,
    cpuNsPerCycle: cycleNs.ofOurs,
    cpuNsPerCycleOwn: ownNs,
    getsPerSecond: getsPerSecond.ofOurs,
    setsPerSecond: setsPerSecond.ofOurs,
  };
}
