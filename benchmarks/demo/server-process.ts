import { DemoServer } from './demo-server.js';
import { performTasks } from './perform-tasks.js';
import { startSubject } from './subjects.js';
import type { ServerTasks } from './tasks.js';

let server: DemoServer | undefined;

performTasks<ServerTasks>({
  listen: async ({ subject, messages }) => {
    server = new DemoServer(await startSubject(subject), messages);
    return { port: await server.listen() };
  },
  measure: () => started().measure(),
  forget: ({ sessions }, report) => started().forget(sessions, report),
  report: () => started().report(),
  close: () => started().close(),
});

function started(): DemoServer {
  if (server === undefined) throw new Error('expected "listen" first');
  return server;
}
