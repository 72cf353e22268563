import type { Metrics } from '../measuring/metrics.js';
import { none } from '../peers/none.js';
import type { Peer } from '../peers/peer.js';
import { type Duration, measureChurn } from './churn.js';
import type { CyclesOptions } from './cycles.js';
import { assertStored, fill } from './filling.js';
import { measureGets, measureSets } from './throughput.js';

const DAY_MS = 86_400_000;

export interface Effort {
  readonly cyclesPerSecond: number;
  readonly turns: number;
  readonly cycles: Duration;
  /** Of gets, and of sets. */
  readonly throughputMs: number;
  /** The sessions that these are of. */
  readonly throughputSessionsMax: number;
}

/** One measure of two stores. */
interface Both {
  readonly ofOther: number;
  readonly ofOurs: number;
}

export interface SideBySide {
  /** CPU of the main thread; the load generator's own is taken off. */
  readonly cycleNs: Both;
  /** The load generator's own. */
  readonly ownNs: number;
  readonly getsPerSecond: Both;
  readonly setsPerSecond: Both;
}

/** Fills both, the other first, and measures them turn by turn; nobody may have lost a session. */
export async function measureInTurns(
  peers: readonly [other: Peer, ours: Peer],
  sessions: number,
  effort: Effort,
  onProgress: (done: number, total: number) => void,
): Promise<SideBySide[]> {
  for (const peer of peers) {
    await fill(peer, 0, sessions, () => {});
    await assertStored(peer, sessions);
  }
  const turns: SideBySide[] = [];
  for (let turn = 0; turn < effort.turns; turn++) {
    // Whoever is first has no advantage of it.
    const isOtherFirst = turn % 2 === 0;
    turns.push(await measureSideBySide(...peers, isOtherFirst, sessions, effort));
    onProgress(turn + 1, effort.turns);
  }
  for (const peer of peers) await assertStored(peer, sessions);
  return turns;
}

/** Ours over the other. */
export function ratiosOf({ cycleNs, getsPerSecond, setsPerSecond }: SideBySide) {
  const ratioOf = ({ ofOurs, ofOther }: Both) => ofOurs / ofOther;
  return { cpu: ratioOf(cycleNs), gets: ratioOf(getsPerSecond), sets: ratioOf(setsPerSecond) };
}

export function valuesOfOurs(measured: SideBySide): Metrics {
  const { cycleNs, ownNs, getsPerSecond, setsPerSecond } = measured;
  return {
    cpuNsPerCycle: cycleNs.ofOurs,
    cpuNsPerCycleOwn: ownNs,
    getsPerSecond: getsPerSecond.ofOurs,
    setsPerSecond: setsPerSecond.ofOurs,
  };
}

/** What is compared is measured right after one another, so that both meet the same machine. */
async function measureSideBySide(
  other: Peer,
  ours: Peer,
  isOtherFirst: boolean,
  sessions: number,
  effort: Effort,
): Promise<SideBySide> {
  const measureBoth = async (measure: (peer: Peer) => Promise<number>): Promise<Both> => {
    const first = await measure(isOtherFirst ? other : ours);
    const second = await measure(isOtherFirst ? ours : other);
    return isOtherFirst ? { ofOther: first, ofOurs: second } : { ofOther: second, ofOurs: first };
  };
  const { throughputMs, throughputSessionsMax } = effort;
  const few = Math.min(sessions, throughputSessionsMax);
  const nothing = await none.create({ inactiveSessionLifetimeMs: DAY_MS });
  const ownNs = await measureCycleNs(nothing, sessions, effort);
  const grossNs = await measureBoth((peer) => measureCycleNs(peer, sessions, effort));
  return {
    cycleNs: { ofOther: grossNs.ofOther - ownNs, ofOurs: grossNs.ofOurs - ownNs },
    ownNs,
    getsPerSecond: await measureBoth(
      async (peer) => (await measureGets(peer, few, throughputMs)).perSecond,
    ),
    setsPerSecond: await measureBoth(
      async (peer) => (await measureSets(peer, few, throughputMs)).perSecond,
    ),
  };
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
