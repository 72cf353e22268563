import { performance } from 'node:perf_hooks';
import { DemoClient } from './demo-client.js';
import { performTasks, type Report } from './perform-tasks.js';
import type { ClientsReport, ClientsTasks } from './tasks.js';
import { forEachInWaves } from './waiting.js';

/** Few enough for any listen backlog. */
const IN_FLIGHT_MAX = 32;
/** Fewer, because what the clients wait for one another is in the latency that they measure. */
const COMING_BACK_MAX = 8;

let clients: DemoClient[] = [];
let messages = 0;

performTasks<ClientsTasks>({
  connect: (input, report) => {
    messages = input.messages;
    clients = Array.from({ length: input.clients }, (_, i) => new DemoClient(i, input.port));
    return each((client) => client.connect(), report);
  },
  store: (_input, report) => each((client) => client.store(), report),
  drop: (_input, report) => each((client) => client.drop(), report),
  comeBack: ({ port, patienceMs }, report) => comeBack(port, patienceMs, report),
  check: async (_input, report) => {
    await each((client) => client.check(messages), report);
    return summary();
  },
  close: () => {
    for (const client of clients) client.close();
  },
});

function each(act: (client: DemoClient) => Promise<void>, report: Report): Promise<void> {
  return forEachInWaves(clients, IN_FLIGHT_MAX, act, report);
}

function comeBack(port: number, patienceMs: number, report: Report): Promise<void> {
  const giveUpAtMs = performance.now() + patienceMs;
  const comeBackOrGiveUp = async (client: DemoClient) => {
    if (performance.now() < giveUpAtMs) await client.comeBack(port);
    else client.giveUp();
  };
  return forEachInWaves(clients, COMING_BACK_MAX, comeBackOrGiveUp, report);
}

function summary(): ClientsReport {
  const latenciesMs = clients.flatMap(({ restoreMs }) => restoreMs ?? []).sort((a, b) => a - b);
  return {
    restored: latenciesMs.length,
    delivered: clients.reduce((sum, client) => sum + client.delivered, 0),
    resent: clients.reduce((sum, client) => sum + client.resent, 0),
    restoreMsP50: quantile(latenciesMs, 0.5),
    restoreMsP99: quantile(latenciesMs, 0.99),
    losses: clients.flatMap(({ losses }) => losses),
  };
}

/** Of sorted values; `NaN` if there are none. */
function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.ceil(sorted.length * part) - 1] ?? Number.NaN;
}
