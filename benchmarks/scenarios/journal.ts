import type { Metrics } from '../measuring/metrics.js';
import { none } from '../peers/none.js';
import type { Peer } from '../peers/peer.js';
import { sharded } from '../peers/sharded.js';
import { mediansOf } from '../runner/aggregate.js';
import { type Duration, measureChurn } from './churn.js';
import type { CyclesOptions } from './cycles.js';
import { assertStored, fill } from './filling.js';
import type { Measured, Scenario, ScenarioContext } from './scenario.js';
import { measureGets, measureSets } from './throughput.js';

const DAY_MS = 86_400_000;

interface Effort {
  readonly cyclesPerSecond: number;
  readonly turns: number;
  readonly cycles: Duration;
  /** Of gets, and of sets. */
  readonly throughputMs: number;
  /** The sessions that these are of. */
  readonly throughputSessionsMax: number;
}

const FULL: Effort = {
  cyclesPerSecond: 20_000,
  turns: 6,
  cycles: { warmUpMs: 500, measuredMs: 2_000 },
  throughputMs: 500,
  throughputSessionsMax: 50_000,
};
const QUICK: Effort = {
  cyclesPerSecond: 2_000,
  turns: 1,
  cycles: { warmUpMs: 50, measuredMs: 100 },
  throughputMs: 20,
  throughputSessionsMax: 2_000,
};

export const journal: Scenario = {
  name: 'journal',
  title: 'churn and throughput with a journal, in turn with the memory store in the same process',
  subjects: ['journal everysec', 'journal always'],
  variants: (quick) =>
    quick
      ? [{ name: '2k stored', sessions: 2_000, secondsPerRun: 2 }]
      : [{ name: '1M stored', sessions: 1_000_000, secondsPerRun: 90 }],
  run,
};

/** What a journal adds is less than the difference of two processes, so both stores are in one. */
async function run({ kind, variant, quick, onProgress }: ScenarioContext): Promise<Measured> {
  const { sessions } = variant;
  const effort = quick ? QUICK : FULL;
  const settings = { inactiveSessionLifetimeMs: DAY_MS };
  const peers = [await sharded.create(settings), await kind.create(settings)] as const;
  const [memory, ours] = peers;
  try {
    for (const peer of peers) {
      await fill(peer, 0, sessions, () => {});
      await assertStored(peer, sessions);
    }
    const turns: Metrics[] = [];
    for (let turn = 0; turn < effort.turns; turn++) {
      // Whoever is first has no advantage of it.
      const isFirst = turn % 2 === 0;
      turns.push(await measureTurn(memory, ours, isFirst, sessions, effort));
      onProgress(turn + 1, effort.turns);
    }
    for (const peer of peers) await assertStored(peer, sessions);
    return { metrics: mediansOf(turns) };
  } finally {
    await Promise.all(peers.map((peer) => peer.close()));
  }
}

async function measureTurn(
  memory: Peer,
  ours: Peer,
  isMemoryFirst: boolean,
  sessions: number,
  effort: Effort,
): Promise<Metrics> {
  const nothing = await none.create({ inactiveSessionLifetimeMs: DAY_MS });
  const measureOne = (peer: Peer) => measurePeer(peer, sessions, effort);
  const ownNs = await measureCycleNs(nothing, sessions, effort);
  const first = await measureOne(isMemoryFirst ? memory : ours);
  const second = await measureOne(isMemoryFirst ? ours : memory);
  const [ofMemory, ofOurs] = isMemoryFirst ? [first, second] : [second, first];
  return {
    cpuOverMemory: (ofOurs.cycleNs - ownNs) / (ofMemory.cycleNs - ownNs),
    getsOverMemory: ofOurs.getsPerSecond / ofMemory.getsPerSecond,
    setsOverMemory: ofOurs.setsPerSecond / ofMemory.setsPerSecond,
    cpuNsPerCycle: ofOurs.cycleNs - ownNs,
    cpuNsPerCycleOwn: ownNs,
    getsPerSecond: ofOurs.getsPerSecond,
    setsPerSecond: ofOurs.setsPerSecond,
  };
}

interface Cost {
  readonly cycleNs: number;
  readonly getsPerSecond: number;
  readonly setsPerSecond: number;
}

async function measurePeer(peer: Peer, sessions: number, effort: Effort): Promise<Cost> {
  const cycleNs = await measureCycleNs(peer, sessions, effort);
  const { throughputMs, throughputSessionsMax } = effort;
  const few = Math.min(sessions, throughputSessionsMax);
  const gets = await measureGets(peer, few, throughputMs);
  const sets = await measureSets(peer, few, throughputMs);
  return { cycleNs, getsPerSecond: gets.perSecond, setsPerSecond: sets.perSecond };
}

/** The load generator's own included. */
async function measureCycleNs(peer: Peer, sessions: number, effort: Effort): Promise<number> {
  const options: CyclesOptions = {
    perSecond: effort.cyclesPerSecond,
    nextSession: () => Math.floor(Math.random() * sessions),
    leaves: true,
  };
  const { metrics } = await measureChurn(peer, options, effort.cycles);
  return metrics.cpuNsPerCycle;
}
