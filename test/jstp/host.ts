import assert from 'node:assert/strict';
import type { EventEmitter } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import jstp from '@metarhia/jstp';

export const APP = 'messenger';

/** Only a test that hangs ever waits this long. */
const DEADLINE_MS = 10_000;

/** Fails when `promise` hangs. */
export async function inTime<T>(what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new Error(`expected ${what} within ${DEADLINE_MS} ms`);
    timer = setTimeout(() => reject(error), DEADLINE_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

export function nextEvent<Args extends unknown[]>(
  emitter: EventEmitter,
  name: string,
): Promise<Args> {
  const event = new Promise<Args>((resolve) => {
    emitter.once(name, (...args: unknown[]) => resolve(args as Args));
  });
  return inTime(`the event ${name}`, event);
}

/** For what no event tells. */
export function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  let stopped = false;
  const look = async (): Promise<void> => {
    while (!stopped && !(await condition())) await new Promise((next) => setTimeout(next, 1));
  };
  return inTime(what, look()).finally(() => {
    stopped = true;
  });
}

export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Runs a callback-last function of the host; what follows the error becomes the value. */
export function call<T>(start: (callback: (error: unknown, value: T) => void) => void): Promise<T> {
  const result = new Promise<T>((resolve, reject) => {
    start((error, value) => (error ? reject(error) : resolve(value)));
  });
  return inTime("the host's answer", result);
}

/** What came in at one end of a connection, in order: by event, or by call, which answers. */
export class Inbox {
  readonly items: unknown[] = [];
  readonly #take = (item: unknown): void => {
    this.items.push(item);
  };

  readonly api = {
    mail: {
      take: (_: jstp.Connection, item: never, callback: never): void => {
        this.#take(item);
        (callback as (error: null) => void)(null);
      },
      sync: (_: jstp.Connection, callback: never): void =>
        (callback as (error: null) => void)(null),
    },
  };
  readonly eventHandlers = {
    mail: { item: (_: jstp.Connection, item: never): void => this.#take(item) },
  };

  application(name: string, sessionsStorage?: jstp.SessionStorageProvider): jstp.Application {
    return new jstp.Application(name, this.api, this.eventHandlers, '1.0.0', sessionsStorage);
  }
}

/** How to serve and connect. */
export interface TestTransport {
  readonly name: string;
  readonly host: jstp.Transport;
  readonly serverOptions: Record<string, unknown>;
  /** What `connect` and `reconnect` take between the client and the callback. */
  readonly target: (port: number) => unknown[];
}

export const NET: TestTransport = {
  name: 'net',
  host: jstp.net,
  // Nagle's algorithm would make every answer wait 40 ms.
  serverOptions: { noDelay: true },
  target: (port) => [{ port, host: '127.0.0.1', noDelay: true }],
};

export interface HostOptions {
  readonly transport?: TestTransport;
  readonly clientExpirationTime?: number;
  readonly heartbeatInterval?: number;
  readonly authPolicy?: unknown;
  /** Instead of the one application that puts what it gets into `inbox`. */
  readonly applications?: jstp.Application[];
}

/** A JSTP server on a port of its own that accepts every login. */
export class Host {
  readonly inbox = new Inbox();
  readonly transport: TestTransport;
  readonly server: jstp.Server;
  readonly #sockets = new Set<Socket>();
  readonly #handshakes: jstp.Connection[] = [];

  constructor(sessionStorageProvider: unknown, options: HostOptions = {}) {
    const { transport = NET, applications = [this.inbox.application(APP)], ...rest } = options;
    this.transport = transport;
    this.server = transport.host.createServer({
      applications,
      sessionStorageProvider,
      authPolicy: acceptLogin,
      ...transport.serverOptions,
      ...rest,
    });
    this.server.on('connection', (socket: Socket) => this.#sockets.add(socket));
    this.server.on('handshakeRequest', (connection) => this.#handshakes.push(connection));
  }

  static async start(sessionStorageProvider: unknown, options?: HostOptions): Promise<Host> {
    const host = new Host(sessionStorageProvider, options);
    // Shards that are still starting on a busy machine must not decide a test: the host waits 3 s for a get.
    await (sessionStorageProvider as { ready?: Promise<void> } | undefined)?.ready;
    host.server.listen(0, '127.0.0.1');
    await nextEvent(host.server, 'listening');
    return host;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** The connection that the server has for a session, be it closed; `undefined` when it forgot. */
  find(sessionId: string): jstp.Connection | undefined {
    // The host's own `get` would put off the forgetting.
    return Map.prototype.get.call(this.server._clientsBySessionId, sessionId);
  }

  connectionOf(sessionId: string): jstp.Connection {
    const connection = this.find(sessionId);
    assert(connection, 'the server knows the session');
    return connection;
  }

  /** What the server does by itself when `clientExpirationTime` has passed. */
  forget(sessionId: string): void {
    Map.prototype.delete.call(this.server._clientsBySessionId, sessionId);
  }

  /** Cuts all connections. May be called again. */
  async stop(): Promise<void> {
    // The host stops the 3 s timer of a handshake at this event; for one that failed it never would,
    // and the test's process would stay that long.
    // It would also begin a heartbeat.
    this.server.heartbeatInterval = undefined;
    for (const connection of this.#handshakes) connection.emit('client');
    const closing = call<void>((callback) => this.server.close(callback)).catch(ignoreNotRunning);
    for (const socket of this.#sockets) socket.destroy();
    const connections = [...this.server._clientsBySessionId.values()];
    await until('closed connections', () => connections.every(({ _closed }) => _closed));
    await closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

type AuthCallback = (error: null, username: unknown) => void;

function acceptLogin(
  _connection: unknown,
  _application: unknown,
  _strategy: string,
  [login]: string[],
  callback: AuthCallback,
): void {
  callback(null, login);
}

/** The server may have been closed before. */
function ignoreNotRunning(error: unknown): void {
  const isNotRunning = error instanceof Error && 'code' in error;
  assert(isNotRunning && error.code === 'ERR_SERVER_NOT_RUNNING', String(error));
}
