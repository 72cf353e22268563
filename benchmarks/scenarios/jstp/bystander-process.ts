import { performTasks } from '../../demo/perform-tasks.js';
import { JstpClient } from '../../jstp-client.js';
import { LatencyLog, nowMs } from './latency-log.js';
import type { BystanderTasks } from './tasks.js';

/** The catching up of a timer that was late is bounded. */
const CALLS_PER_TICK_MAX = 100;

const calls = new LatencyLog();
let client: JstpClient | undefined;
let timer: NodeJS.Timeout | undefined;
let failure: unknown;

performTasks<BystanderTasks>({
  start: async ({ port, intervalMs }) => {
    client = new JstpClient({ username: 'bystander', port, app: 'visits' });
    await client.logIn();
    callEvery(intervalMs, client);
  },
  stop: () => {
    clearInterval(timer);
    if (failure !== undefined) throw failure;
  },
  summarize: (window) => calls.summarize(window),
  worstOverTime: ({ window, bucketMs }) => calls.worstOverTime(window, bucketMs),
  close: () => client?.close(),
});

/**
 * Waits for no answer before the next call, so that a server that stands still is met by as many
 * calls as one that does not, and all of them wait.
 */
function callEvery(intervalMs: number, caller: JstpClient): void {
  let nextMs = nowMs();
  timer = setInterval(() => {
    for (let due = 0; nextMs <= nowMs() && due < CALLS_PER_TICK_MAX; due++) {
      nextMs += intervalMs;
      call(caller);
    }
  }, intervalMs);
}

async function call(caller: JstpClient): Promise<void> {
  const startMs = nowMs();
  try {
    await caller.call('ask', []);
    calls.add(startMs);
  } catch (error) {
    failure ??= error;
  }
}
