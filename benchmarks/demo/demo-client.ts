import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import type jstp from '@metarhia/jstp';
import { host } from '../host.js';
import { type Loss, lossesAmongMessages } from './losses.js';
import { usernameOf } from './state.js';
import { within } from './waiting.js';

/** More than the 3 s after which the host cuts a handshake. */
const ANSWER_MS_MAX = 10_000;

/** One user: logs in, has the server store something, vanishes, comes back with the session. */
export class DemoClient {
  readonly #client: number;
  readonly #port: number;
  // The numbers of the messages, as they came.
  readonly #received: number[] = [];
  #receivedBefore = 0;
  #restoreMs: number | undefined;
  readonly #losses: Loss[] = [];
  #connection: jstp.Connection | undefined;
  #session: jstp.Session | undefined;

  constructor(client: number, port: number) {
    this.#client = client;
    this.#port = port;
  }

  get delivered(): number {
    return this.#received.length;
  }

  /** From the call of `connect` to the restored session. */
  get restoreMs(): number | undefined {
    return this.#restoreMs;
  }

  get losses(): readonly Loss[] {
    return this.#losses;
  }

  /** Messages that came after the client had come back. */
  get resent(): number {
    return this.#received.length - this.#receivedBefore;
  }

  async connect(): Promise<void> {
    await this.#connect({
      connectPolicy: new host.SimpleConnectPolicy(usernameOf(this.#client), 'password'),
    });
    this.#session = this.#connected.session;
  }

  async store(): Promise<void> {
    await this.#call('store', [this.#client]);
  }

  /** Cuts the connection while the server speaks. */
  async drop(): Promise<void> {
    await this.#call('leave', []);
    const socket = this.#connected.getTransport();
    const closed = once(socket, 'close');
    socket.destroy();
    await closed;
    this.#receivedBefore = this.#received.length;
  }

  /** Does not reject: what goes wrong is a loss. */
  async comeBack(): Promise<void> {
    const startMs = performance.now();
    try {
      await this.#connect({ session: this.#session ?? null });
      this.#restoreMs = performance.now() - startMs;
    } catch (error) {
      this.#lose('sessions not restored', error);
    }
  }

  giveUp(): void {
    this.#lose('sessions not restored', 'did not try, because the others took too long');
  }

  /** `messages` is how many the server had to send. Does not reject either. */
  async check(messages: number): Promise<void> {
    if (this.#restoreMs === undefined) return;
    try {
      const [differences] = await this.#call('compare', [this.#client]);
      const keys = differences as string[];
      if (keys.length > 0) this.#lose('sessions restored with other state', keys.join(', '));
    } catch (error) {
      this.#lose('sessions restored, then no answer', error);
    }
    // The answer came after all that the server had to resend.
    this.#losses.push(...lossesAmongMessages(this.#name, this.#received, messages));
  }

  close(): void {
    this.#connection?.close();
  }

  async #connect(login: jstp.Client): Promise<void> {
    const client: jstp.Client = {
      ...login,
      application: this.#application(),
      // JSTP's own would come back at a time of its choice.
      reconnector: () => {},
    };
    const connection = new Promise<jstp.Connection>((resolve, reject) => {
      const onConnected = (error: unknown, connected: jstp.Connection) =>
        error ? reject(error) : resolve(connected);
      host.net.connect('demo', client, { host: '127.0.0.1', port: this.#port }, onConnected);
    });
    this.#connection = await within(connection, ANSWER_MS_MAX, () => `${this.#name}: no handshake`);
    // A connection that breaks is noticed by the call that gets no answer.
    this.#connection.on('error', () => {});
  }

  #application(): jstp.Application {
    const onMessage = (_connection: jstp.Connection, number: number) => {
      this.#received.push(number);
    };
    return new host.Application('demo', {}, { demo: { message: onMessage } });
  }

  #call(method: string, args: unknown[]): Promise<unknown[]> {
    const answer = new Promise<unknown[]>((resolve, reject) => {
      this.#connected.callMethod('demo', method, args, (error, ...results) =>
        error ? reject(error) : resolve(results),
      );
    });
    return within(answer, ANSWER_MS_MAX, () => `${this.#name}: no answer to "${method}"`);
  }

  get #connected(): jstp.Connection {
    if (this.#connection === undefined) throw new Error(`${this.#name}: expected a connection`);
    return this.#connection;
  }

  get #name(): string {
    const session = this.#session === undefined ? '' : `, session ${this.#session.id}`;
    return `${usernameOf(this.#client)}${session}`;
  }

  #lose(kind: Loss['kind'], reason: unknown): void {
    const text = reason instanceof Error ? reason.message : String(reason);
    this.#losses.push({ kind, detail: `${this.#name}: ${text}` });
  }
}
