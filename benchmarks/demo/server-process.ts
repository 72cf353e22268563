import { performance } from 'node:perf_hooks';
import { DemoServer } from './demo-server.js';
import { performTasks } from './perform-tasks.js';
import { startSubject } from './subjects.js';
import type { ServerTasks } from './tasks.js';

let server: DemoServer | undefined;

performTasks<ServerTasks>({
  listen: async ({ subject: name, store, port, messages }, report) => {
    const startMs = performance.now();
    const subject = await startSubject(name, store);
    const loadMs = performance.now() - startMs;
    report(subject.sessionsFound);
    server = new DemoServer(subject, messages);
    return { port: await server.listen(port), loadMs };
  },
  measure: () => started().measure(),
  forget: ({ sessions }, report) => started().forget(sessions, report),
  flush: () => started().flush(),
  report: () => started().report(),
  close: () => started().close(),
});

function started(): DemoServer {
  if (server === undefined) throw new Error('expected "listen" first');
  return server;
}
