import { FAULTS, measureFault } from '../redis/cluster-fault.js';
import { readNumbers } from './arguments.js';

/** `npm run failover`: what faults of a cluster do to 500 operations a second. */
const { rounds } = readNumbers({ rounds: 1 });
const OPTIONS = { requestTimeoutMs: 2_000, freezeMs: 12_000, behindMs: 1_000 };

for (let round = 0; round < rounds; round++) {
  for (const fault of FAULTS) {
    const { lost, lostReplicated, ...report } = await measureFault(fault, OPTIONS);
    console.log(
      JSON.stringify({
        fault,
        ...report,
        failedUntilMs: Math.round(report.failedUntilMs),
        takenOverMs: Math.round(report.takenOverMs),
        slowestMs: Math.round(report.slowestMs),
        lost: lost.length,
        lostReplicated: lostReplicated.length,
      }),
    );
  }
}
