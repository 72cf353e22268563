import { once } from 'node:events';
import type jstp from '@metarhia/jstp';
import { within } from './demo/waiting.js';
import { host } from './host.js';

/** More than the 3 s after which the host cuts a handshake. */
const ANSWER_MS_MAX = 10_000;

export interface JstpClientOptions {
  readonly username: string;
  readonly port: number;
  /** The application's name, and that of its one interface. */
  readonly app: string;
  /** Called for events of that interface. */
  readonly onEvent?: Readonly<Record<string, (value: unknown) => void>>;
}

/** One user of a JSTP server, over all the connections that it has one after the other. */
export class JstpClient {
  readonly #options: JstpClientOptions;
  #connection: jstp.Connection | undefined;
  #session: jstp.Session | undefined;

  constructor(options: JstpClientOptions) {
    this.#options = options;
  }

  /** Says who it is, for error messages. */
  get name(): string {
    const session = this.#session === undefined ? '' : `, session ${this.#session.id}`;
    return `${this.#options.username}${session}`;
  }

  /** Starts a new session. */
  async logIn(): Promise<void> {
    const { username } = this.#options;
    const connectPolicy = new host.SimpleConnectPolicy(username, 'password');
    await this.#connect({ connectPolicy }, this.#options.port);
    this.#session = this.#connected.session;
  }

  /** Connects again with the session of the last login; to the same server if no other is given. */
  async comeBack(port = this.#options.port): Promise<void> {
    await this.#connect({ session: this.#session ?? null }, port);
  }

  /** Cuts the connection without a word. */
  async drop(): Promise<void> {
    const socket = this.#connected.getTransport();
    const closed = once(socket, 'close');
    socket.destroy();
    await closed;
  }

  call(method: string, args: unknown[]): Promise<unknown[]> {
    const answer = new Promise<unknown[]>((resolve, reject) => {
      this.#connected.callMethod(this.#options.app, method, args, (error, ...results) =>
        error ? reject(error) : resolve(results),
      );
    });
    return within(answer, ANSWER_MS_MAX, () => `${this.name}: no answer to "${method}"`);
  }

  close(): void {
    this.#connection?.close();
  }

  async #connect(login: jstp.Client, port: number): Promise<void> {
    const { app } = this.#options;
    const client: jstp.Client = {
      ...login,
      application: this.#application(),
      // JSTP's own would come back at a time of its choice.
      reconnector: () => {},
    };
    const connection = new Promise<jstp.Connection>((resolve, reject) => {
      const onConnected = (error: unknown, connected: jstp.Connection) =>
        error ? reject(error) : resolve(connected);
      host.net.connect(app, client, { host: '127.0.0.1', port }, onConnected);
    });
    this.#connection = await within(connection, ANSWER_MS_MAX, () => `${this.name}: no handshake`);
    // A connection that breaks is noticed by the call that gets no answer.
    this.#connection.on('error', () => {});
  }

  #application(): jstp.Application {
    const { app, onEvent = {} } = this.#options;
    const handlers = Object.entries(onEvent).map(([event, handle]) => [
      event,
      (_connection: jstp.Connection, value: unknown) => handle(value),
    ]);
    return new host.Application(app, {}, { [app]: Object.fromEntries(handlers) });
  }

  get #connected(): jstp.Connection {
    if (this.#connection === undefined) throw new Error(`${this.name}: expected a connection`);
    return this.#connection;
  }
}
