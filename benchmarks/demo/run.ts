import type { Progress } from '../progress.js';
import { DemoProcess } from './demo-process.js';
import type { DemoOptions } from './options.js';
import type { SubjectName } from './subjects.js';
import type { ClientsReport, ClientsTasks, ServerReport, ServerTasks } from './tasks.js';

/** A phase that takes longer hangs: so much for each phase, and so much more for each client. */
const PHASE_MS_MAX = 20_000;
const CLIENT_MS_MAX = 5;

export interface RunResult {
  readonly subject: SubjectName;
  readonly server: ServerReport;
  readonly clients: ClientsReport;
}

/** Takes one provider through all phases. Rejects when a phase fails or does not end. */
export async function run(
  subject: SubjectName,
  options: DemoOptions,
  progress: Progress,
): Promise<RunResult> {
  const server = new DemoProcess<ServerTasks>('server', siblingUrl('server-process'));
  const clients = new DemoProcess<ClientsTasks>('clients', siblingUrl('clients-process'));
  try {
    const result = runPhases(server, clients, { subject, options, progress });
    return await Promise.race([result, server.failure, clients.failure]);
  } finally {
    server.kill();
    clients.kill();
  }
}

interface Run {
  readonly subject: SubjectName;
  readonly options: DemoOptions;
  readonly progress: Progress;
}

async function runPhases(
  server: DemoProcess<ServerTasks>,
  clients: DemoProcess<ClientsTasks>,
  { subject, options, progress }: Run,
): Promise<RunResult> {
  const timeoutMs = PHASE_MS_MAX + CLIENT_MS_MAX * options.clients;
  const onProgress = (done: number) => progress.update(done);
  const phase = async <Result>(name: string, perform: () => Promise<Result>): Promise<Result> => {
    progress.start(name, options.clients);
    try {
      return await Promise.race([perform(), server.failure, clients.failure]);
    } finally {
      progress.finish();
    }
  };
  const task = { timeoutMs, onProgress };
  const { messages } = options;
  const { port } = await server.perform('listen', { subject, messages }, { timeoutMs });
  await phase('connect', () => clients.perform('connect', { port, ...options }, task));
  await phase('store', () => clients.perform('store', null, task));
  await server.perform('measure', null, { timeoutMs });
  await phase('drop', () => clients.perform('drop', null, task));
  const sessions = options.clients;
  await phase('forget', () => server.perform('forget', { sessions }, task));
  const patienceMs = timeoutMs / 2;
  await phase('come back', () => clients.perform('comeBack', { patienceMs }, task));
  const serverReport = await server.perform('report', null, { timeoutMs });
  const clientsReport = await phase('check', () => clients.perform('check', null, task));
  await clients.close(timeoutMs);
  await server.close(timeoutMs);
  return { subject, server: serverReport, clients: clientsReport };
}

function siblingUrl(name: string): URL {
  return new URL(`./${name}.js`, import.meta.url);
}
