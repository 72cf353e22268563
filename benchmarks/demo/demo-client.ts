import { performance } from 'node:perf_hooks';
import { JstpClient } from '../jstp-client.js';
import { type Loss, lossesAmongMessages } from './losses.js';
import { usernameOf } from './state.js';

/** One user: logs in, has the server store something, vanishes, comes back with the session. */
export class DemoClient {
  readonly #number: number;
  readonly #client: JstpClient;
  // The numbers of the messages, as they came.
  readonly #received: number[] = [];
  #receivedBefore = 0;
  #restoreMs: number | undefined;
  readonly #losses: Loss[] = [];

  constructor(number: number, port: number) {
    this.#number = number;
    const onEvent = { message: (message: unknown) => this.#received.push(message as number) };
    this.#client = new JstpClient({ username: usernameOf(number), port, app: 'demo', onEvent });
  }

  /** How many messages came, each counted once. */
  get delivered(): number {
    return new Set(this.#received).size;
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

  connect(): Promise<void> {
    return this.#client.logIn();
  }

  async store(): Promise<void> {
    await this.#client.call('store', [this.#number]);
  }

  /** Cuts the connection while the server speaks. */
  async drop(): Promise<void> {
    await this.#client.call('leave', []);
    await this.#client.drop();
    this.#receivedBefore = this.#received.length;
  }

  /** Does not reject: what goes wrong is a loss. */
  async comeBack(port: number): Promise<void> {
    const startMs = performance.now();
    try {
      await this.#client.comeBack(port);
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
      const [differences] = await this.#client.call('compare', [this.#number]);
      const keys = differences as string[];
      if (keys.length > 0) this.#lose('sessions restored with other state', keys.join(', '));
    } catch (error) {
      this.#lose('sessions restored, then no answer', error);
    }
    // The answer came after all that the server had to resend.
    this.#losses.push(...lossesAmongMessages(this.#client.name, this.#received, messages));
  }

  close(): void {
    this.#client.close();
  }

  #lose(kind: Loss['kind'], reason: unknown): void {
    const text = reason instanceof Error ? reason.message : String(reason);
    this.#losses.push({ kind, detail: `${this.#client.name}: ${text}` });
  }
}
