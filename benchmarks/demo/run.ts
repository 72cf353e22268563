import { performance } from 'node:perf_hooks';
import type { StoreOptions } from '../../src/index.js';
import type { Progress } from '../progress.js';
import { DemoProcess, type TaskOptions } from './demo-process.js';
import type { DemoOptions } from './options.js';
import type { SubjectName } from './subjects.js';
import type { ClientsReport, ClientsTasks, Listening, ServerReport, ServerTasks } from './tasks.js';
import { withStore } from './temporary-store.js';

/** A phase that takes longer hangs: so much for each phase, and so much more for each client. */
const PHASE_MS_MAX = 20_000;
const CLIENT_MS_MAX = 5;

export interface RunResult {
  readonly subject: SubjectName;
  readonly server: ServerReport;
  readonly clients: ClientsReport;
  /** Of the server's process; only with a store whose sessions survive it. */
  readonly restart: RestartTimes | undefined;
}

export interface RestartTimes {
  /** From the start of the process to its open port. */
  readonly startToServingMs: number;
  /** The part of it until the provider was ready. */
  readonly loadMs: number;
}

/** Takes one provider through all phases. Rejects when a phase fails or does not end. */
export function run(
  subject: SubjectName,
  options: DemoOptions,
  progress: Progress,
): Promise<RunResult> {
  return withStore(options.store, async (store) => {
    const demoRun = new DemoRun(subject, { store, options, progress });
    try {
      return await demoRun.perform();
    } finally {
      await demoRun.kill();
    }
  });
}

interface Setting {
  readonly store: StoreOptions;
  readonly options: DemoOptions;
  readonly progress: Progress;
}

class DemoRun {
  readonly #subject: SubjectName;
  readonly #setting: Setting;
  readonly #timeoutMs: number;
  readonly #clients = new DemoProcess<ClientsTasks>('clients', siblingUrl('clients-process'));
  #server = startServer();
  // Of which the clients have left for another.
  #serverLeft: DemoProcess<ServerTasks> | undefined;
  // One for each server process.
  readonly #serverReports: ServerReport[] = [];

  constructor(subject: SubjectName, setting: Setting) {
    this.#subject = subject;
    this.#setting = setting;
    this.#timeoutMs = PHASE_MS_MAX + CLIENT_MS_MAX * setting.options.clients;
  }

  async perform(): Promise<RunResult> {
    const { port } = await this.#listen(0);
    await this.#leave(port);
    const { kind } = this.#setting.store;
    const restart = kind === 'journal' ? await this.#restart(port) : undefined;
    const portNow = kind === 'redis' ? await this.#startAnother() : port;
    const clients = await this.#comeBack(portNow);
    await this.#unlessOneEnds(() => this.#clients.close(this.#timeoutMs));
    await this.#unlessOneEnds(() => this.#server.close(this.#timeoutMs));
    await this.#serverLeft?.close(this.#timeoutMs);
    return { subject: this.#subject, server: joined(this.#serverReports), clients, restart };
  }

  async kill(): Promise<void> {
    await Promise.all([this.#server.kill(), this.#serverLeft?.kill(), this.#clients.kill()]);
  }

  #listen(port: number, task?: TaskOptions): Promise<Listening> {
    const { store, options } = this.#setting;
    const input = { subject: this.#subject, store, port, messages: options.messages };
    return this.#askServer('listen', input, task);
  }

  /** After it nobody but the provider has the sessions. */
  async #leave(port: number): Promise<void> {
    const { clients: sessions, messages } = this.#setting.options;
    const clients = this.#clients;
    const input = { port, clients: sessions, messages };
    await this.#phase('connect', (task) => clients.perform('connect', input, task));
    await this.#phase('store', (task) => clients.perform('store', null, task));
    await this.#askServer('measure', null);
    await this.#phase('drop', (task) => clients.perform('drop', null, task));
    await this.#phase('forget', (task) => this.#server.perform('forget', { sessions }, task));
  }

  async #restart(port: number): Promise<RestartTimes> {
    // Only what has been acknowledged is promised to be there again.
    await this.#askServer('flush', null);
    await this.#takeServerReport();
    await this.#server.kill();
    const startMs = performance.now();
    this.#server = startServer();
    const { loadMs } = await this.#phase('restart', (task) => this.#listen(port, task));
    const startToServingMs = performance.now() - startMs;
    await this.#askServer('measure', null);
    return { startToServingMs, loadMs };
  }

  /** Beside the one that the clients know, with the same store; gives its port. */
  async #startAnother(): Promise<number> {
    await this.#askServer('flush', null);
    await this.#takeServerReport();
    this.#serverLeft = this.#server;
    this.#server = startServer();
    const { port } = await this.#listen(0);
    await this.#askServer('measure', null);
    return port;
  }

  async #comeBack(port: number): Promise<ClientsReport> {
    const patienceMs = this.#timeoutMs / 2;
    const clients = this.#clients;
    await this.#phase('come back', (task) =>
      clients.perform('comeBack', { port, patienceMs }, task),
    );
    await this.#takeServerReport();
    return this.#phase('check', (task) => clients.perform('check', null, task));
  }

  async #takeServerReport(): Promise<void> {
    this.#serverReports.push(await this.#askServer('report', null));
  }

  async #phase<Result>(
    name: string,
    perform: (task: TaskOptions) => Promise<Result>,
  ): Promise<Result> {
    const { options, progress } = this.#setting;
    const onProgress = (done: number) => progress.update(done);
    progress.start(name, options.clients);
    try {
      return await this.#unlessOneEnds(() => perform({ timeoutMs: this.#timeoutMs, onProgress }));
    } finally {
      progress.finish();
    }
  }

  #askServer<Name extends keyof ServerTasks>(
    task: Name,
    input: Parameters<ServerTasks[Name]>[0],
    options: TaskOptions = { timeoutMs: this.#timeoutMs },
  ): Promise<ReturnType<ServerTasks[Name]>> {
    return this.#unlessOneEnds(() => this.#server.perform(task, input, options));
  }

  #unlessOneEnds<Result>(perform: () => Promise<Result>): Promise<Result> {
    return Promise.race([perform(), this.#server.failure, this.#clients.failure]);
  }
}

/** What one process of the server had to say, then its successor. */
function joined(reports: readonly ServerReport[]): ServerReport {
  return {
    restoredByProvider: reports.reduce(
      (sum, { restoredByProvider }) => sum + restoredByProvider,
      0,
    ),
    stallMsMax: Math.max(...reports.map(({ stallMsMax }) => stallMsMax)),
    losses: reports.flatMap(({ losses }) => losses),
  };
}

function startServer(): DemoProcess<ServerTasks> {
  return new DemoProcess('server', siblingUrl('server-process'));
}

function siblingUrl(name: string): URL {
  return new URL(`./${name}.js`, import.meta.url);
}
