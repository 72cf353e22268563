import { FAULTS, measureFault } from '../redis/cluster-fault.js';

/** `npm run failover`: what faults of a cluster do to 500 operations a second. */
const OPTIONS = { requestTimeoutMs: 2_000, freezeMs: 12_000 };

for (const fault of FAULTS) {
  const { lost, lostReplicated, ...report } = await measureFault(fault, OPTIONS);
  console.log(
    JSON.stringify({
      fault,
      ...report,
      failedUntilMs: Math.round(report.failedUntilMs),
      slowestMs: Math.round(report.slowestMs),
      lost: lost.length,
      lostReplicated: lostReplicated.length,
    }),
  );
}
