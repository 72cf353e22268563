import { performTasks } from '../../demo/perform-tasks.js';
import { forEachInWaves } from '../../demo/waiting.js';
import { LatencyLog } from './latency-log.js';
import type { VisitorsTasks } from './tasks.js';
import { Visitor } from './visitor.js';

/** Few enough for any listen backlog. */
const IN_FLIGHT_MAX = 32;

const returns = new LatencyLog();
let visitors: Visitor[] = [];
let visits: Promise<unknown> = Promise.resolve();

performTasks<VisitorsTasks>({
  logIn: (input, report) => {
    const { port } = input;
    visitors = Array.from({ length: input.visitors }, (_, i) => new Visitor(`visitor-${i}`, port));
    return forEachInWaves(visitors, IN_FLIGHT_MAX, (visitor) => visitor.logIn(), report);
  },
  start: (schedule) => {
    // Spread evenly over the time from one return to the next.
    const spacingMs = (schedule.stayMs + schedule.awayMs) / visitors.length;
    visits = Promise.all(
      visitors.map((visitor, i) => visitor.comeAndGo(schedule, i * spacingMs, returns)),
    );
    // `stop` tells.
    visits.catch(() => {});
  },
  stop: async () => {
    for (const visitor of visitors) visitor.stop();
    await visits;
    return { lateReturns: visitors.reduce((sum, visitor) => sum + visitor.lateReturns, 0) };
  },
  summarize: (window) => returns.summarize(window),
  close: () => {
    for (const visitor of visitors) visitor.close();
  },
});
