import { none } from '../peers/none.js';
import type { Peer } from '../peers/peer.js';
import { type Duration, measureChurn } from './churn.js';
import type { CyclesOptions } from './cycles.js';
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
export interface Both {
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

/** What is compared is measured right after one another, so that both meet the same machine. */
export async function measureSideBySide(
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
