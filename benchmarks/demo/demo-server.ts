import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import type jstp from '@metarhia/jstp';
import { host } from '../host.js';
import { CountingProvider } from './counting-provider.js';
import type { Loss } from './losses.js';
import { PartingMessages } from './parting-messages.js';
import { differencesIn, stateOf } from './state.js';
import type { Subject } from './subjects.js';
import type { ServerReport } from './tasks.js';

/** The host keeps closed connections, and their sessions, for one to two times as long. */
const CLIENT_EXPIRATION_MS = 400;
const POLL_MS = 20;
const STALL_RESOLUTION_MS = 1;
const BACKLOG = 1_024;

type Reply<Args extends unknown[] = []> = (error: unknown, ...args: Args) => void;

/** A JSTP server with a small application, and what there is to know about it after a run. */
export class DemoServer {
  readonly #subject: Subject;
  readonly #provider: CountingProvider;
  readonly #server: jstp.Server;
  readonly #messages: number;
  // By session id.
  readonly #partings = new Map<string, PartingMessages>();
  readonly #losses: Loss[] = [];
  readonly #stalls: IntervalHistogram = monitorEventLoopDelay({ resolution: STALL_RESOLUTION_MS });

  constructor(subject: Subject, messages: number) {
    this.#subject = subject;
    this.#messages = messages;
    this.#provider = new CountingProvider(subject.provider);
    this.#server = host.net.createServer({
      applications: [new host.Application('demo', { demo: this.#api() })],
      authPolicy: acceptEveryone,
      sessionStorageProvider: this.#provider,
      clientExpirationTime: CLIENT_EXPIRATION_MS,
    });
    this.#server.on('restoreSession', ({ id }: jstp.Session) => this.#onRestored(id));
  }

  /** On any free port if it is 0. Gives the port. */
  async listen(port: number): Promise<number> {
    this.#server.listen({ host: '127.0.0.1', port, backlog: BACKLOG });
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  measure(): void {
    this.#stalls.enable();
  }

  /** Until all messages are sent and the host's own map holds none of the sessions. */
  async forget(sessions: number, report: (done: number) => void): Promise<void> {
    for (let done = 0; done < sessions; await setTimeout(POLL_MS)) {
      done = this.#forgotten();
      report(done);
    }
  }

  flush(): Promise<void> {
    return this.#subject.flush();
  }

  report(): ServerReport {
    this.#stalls.disable();
    for (const error of this.#subject.errors) {
      this.#losses.push({ kind: 'errors that the provider reported', detail: error.message });
    }
    return {
      restoredByProvider: this.#provider.restored.size,
      // The histogram counts the time between two looks, so the resolution is in every value.
      stallMsMax: Math.max(0, this.#stalls.max / 1e6 - STALL_RESOLUTION_MS),
      losses: this.#losses,
    };
  }

  async close(): Promise<void> {
    this.#server.close();
    for (const connection of this.#server.getClientsArray()) connection.close();
    await once(this.#server, 'close');
    await this.#subject.close();
  }

  #api() {
    return {
      store: (connection: jstp.Connection, client: number, reply: Reply) => {
        for (const [key, value] of stateOf(client)) connection.session.set(key, value);
        reply(null);
      },
      leave: (connection: jstp.Connection, reply: Reply) => {
        const parting = new PartingMessages(connection, this.#messages);
        this.#partings.set(connection.session.id, parting);
        reply(null);
        void parting.send();
      },
      compare: (connection: jstp.Connection, client: number, reply: Reply<[string[]]>) => {
        reply(null, differencesIn(connection.session, client));
      },
    };
  }

  #forgotten(): number {
    let count = 0;
    for (const [id, parting] of this.#partings) {
      // `has`, because `get` would make the host keep it.
      if (parting.allSent && !this.#server._clientsBySessionId.has(id)) count++;
    }
    return count;
  }

  #onRestored(id: string): void {
    if (this.#provider.restored.has(id)) return;
    this.#losses.push({ kind: 'sessions restored past the provider', detail: `session ${id}` });
  }
}

function acceptEveryone(
  _connection: jstp.Connection,
  _application: jstp.Application,
  _strategy: string,
  [username]: unknown[],
  callback: Reply<[username: unknown]>,
): void {
  callback(null, username);
}
