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
  turns: 15,
  cycles: { warmUpMs: 200, measuredMs: 1_000 },
  throughputMs: 250,
  throughputSessionsMax: 20_000,
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
      turns.push(await measureTurn(memory, ours, turn % 2 === 0, sessions, effort));
      onProgress(turn + 1, effort.turns);
    }
    for (const peer of peers) await assertStored(peer, sessions);
    return { metrics: mediansOf(turns) };
  } finally {
    await Promise.all(peers.map((peer) => peer.close()));
  }
}

/** What is compared is measured right after one another, so that both meet the same machine. */
async function measureTurn(
  memory: Peer,
  ours: Peer,
  isMemoryFirst: boolean,
  sessions: number,
  effort: Effort,
): Promise<Metrics> {
  const measureBoth = async (measure: (peer: Peer) => Promise<number>): Promise<Both> => {
    const first = await measure(isMemoryFirst ? memory : ours);
    const second = await measure(isMemoryFirst ? ours : memory);
    return isMemoryFirst
      ? { ofMemory: first, ofOurs: second }
      : { ofMemory: second, ofOurs: first };
  };
  const { throughputMs, throughputSessionsMax } = effort;
  const few = Math.min(sessions, throughputSessionsMax);
  const nothing = await none.create({ inactiveSessionLifetimeMs: DAY_MS });
  const ownNs = await measureCycleNs(nothing, sessions, effort);
  const cycleNs = await measureBoth((peer) => measureCycleNs(peer, sessions, effort));
  const gets = await measureBoth(
    async (peer) => (await measureGets(peer, few, throughputMs)).perSecond,
  );
  const sets = await measureBoth(
    async (peer) => (await measureSets(peer, few, throughputMs)).perSecond,
  );
  return {
    cpuOverMemory: (cycleNs.ofOurs - ownNs) / (cycleNs.ofMemory - ownNs),
    getsOverMemory: gets.ofOurs / gets.ofMemory,
    setsOverMemory: sets.ofOurs / sets.ofMemory,
    cpuNsPerCycle: cycleNs.ofOurs - ownNs,
    cpuNsPerCycleOwn: ownNs,
    getsPerSecond: gets.ofOurs,
    setsPerSecond: sets.ofOurs,
  };
}

interface Both {
  readonly ofMemory: number;
  readonly ofOurs: number;
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
