import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import jstp from '@metarhia/jstp';
import { APP, call, type Host, Inbox, nextEvent } from './host.js';

export const LOGIN = 'marcus';

/** A client, over all of its connections. */
export class Peer {
  readonly inbox = new Inbox();
  connection!: jstp.Connection;
  session!: jstp.Session;
  #host: Host;
  readonly #app: string;

  private constructor(host: Host, app: string) {
    this.#host = host;
    this.#app = app;
  }

  static async connect(host: Host, login: string | null = LOGIN, app = APP): Promise<Peer> {
    const peer = new Peer(host, app);
    const connectPolicy = login === null ? null : new jstp.SimpleConnectPolicy(login, 'secret');
    peer.connection = await peer.#open({ connectPolicy });
    peer.session = peer.connection.session;
    return peer;
  }

  /** Another client that only knows the session's id, and has received `receivedCount` messages. */
  static withSession(host: Host, sessionId: string, receivedCount = 0, app = APP): Peer {
    const peer = new Peer(host, app);
    peer.session = new jstp.Session(null, null, sessionId);
    peer.session.receivedCount = receivedCount;
    return peer;
  }

  get id(): string {
    return this.session.id;
  }

  /** The server's end, which is closed while this end is. */
  get serverSide(): jstp.Connection {
    return this.#host.connectionOf(this.id);
  }

  /** Opens a new connection for the session, at the same server or another. */
  async restore(host = this.#host): Promise<void> {
    this.#host = host;
    this.connection = await this.#open({ session: this.session });
  }

  /** Restores through the provider: the server has forgotten the connection. */
  async restoreForgotten(): Promise<void> {
    const before = this.#host.find(this.id);
    this.#host.forget(this.id);
    await this.restore();
    assert.notEqual(this.serverSide, before, 'the provider was asked');
  }

  /** Opens the same connection object again, which keeps the callbacks of its calls. */
  async reconnect(host = this.#host): Promise<void> {
    this.#host = host;
    const { transport, port } = host;
    await call((callback) =>
      transport.host.reconnect(this.connection, ...transport.target(port), callback),
    );
  }

  /** All that was said before at either end has arrived at the other. */
  async sync(): Promise<void> {
    await call((callback) => this.connection.callMethod('mail', 'sync', [], callback));
  }

  /** Cuts the connection; what an end says in `lastWords` is never sent. */
  async drop(by: 'client' | 'server' = 'client', lastWords?: () => void): Promise<void> {
    const { connection, serverSide } = this;
    const closed = Promise.all([nextEvent(connection, 'close'), nextEvent(serverSide, 'close')]);
    const ends = [socketOf(connection), socketOf(serverSide)];
    for (const socket of ends) socket.cork();
    lastWords?.();
    ends[by === 'client' ? 0 : 1]?.destroy();
    await closed;
  }

  async #open(client: jstp.Client): Promise<jstp.Connection> {
    const { transport, port } = this.#host;
    const application = this.inbox.application('client');
    const options = { application, reconnector: () => {}, ...client };
    const connection = await call<jstp.Connection>((callback) =>
      transport.host.connect(this.#app, options, ...transport.target(port), callback),
    );
    // A dropped connection is the subject here and no failure.
    connection.on('error', () => {});
    return connection;
  }
}

/** Says by event. */
export function say(connection: jstp.Connection, ...items: unknown[]): void {
  for (const item of items) connection.emitRemoteEvent('mail', 'item', [item]);
}

/** Says by call. */
export function callWith(connection: jstp.Connection, ...items: unknown[]): void {
  for (const item of items) connection.callMethod('mail', 'take', [item], () => {});
}

/** Cuts one end's connection and waits until that end knows. */
export async function cut(connection: jstp.Connection): Promise<void> {
  const closed = nextEvent(connection, 'close');
  socketOf(connection).destroy();
  await closed;
}

function socketOf(connection: jstp.Connection): Socket {
  const transport: Socket & { socket?: Socket } = connection.getTransport();
  // A WebSocket has its socket within.
  return transport.socket ?? transport;
}
