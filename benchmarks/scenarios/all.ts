import { churn } from './churn.js';
import { journal } from './journal.js';
import { jstpScenario } from './jstp.js';
import { latency } from './latency.js';
import { load } from './load.js';
import { memory } from './memory.js';
import { purge } from './purge.js';
import { redis } from './redis.js';
import { restart } from './restart.js';
import type { Scenario } from './scenario.js';
import { storm } from './storm.js';
import { scaling, synced, throughput } from './throughput.js';

/** In the order in which they run. */
export const SCENARIOS: readonly Scenario[] = [
  churn,
  purge,
  load,
  storm,
  memory,
  jstpScenario,
  throughput,
  scaling,
  journal,
  synced,
  restart,
  redis,
  latency,
];

/** Throws for a name that no scenario has. */
export function scenarioOf(name: string): Scenario {
  const scenario = SCENARIOS.find((one) => one.name === name);
  if (scenario !== undefined) return scenario;
  const names = SCENARIOS.map((one) => one.name).join(', ');
  throw new RangeError(`expected one of ${names}, got "${name}"`);
}
