import { setImmediate, setTimeout } from 'node:timers/promises';
import type jstp from '@metarhia/jstp';

/** Long enough for the provider to have stored the session before the last messages come. */
const LATE_MS = 20;

/**
 * What the server has to say to one client that is about to vanish: a third of it into the dying
 * connection, a third in the moment in which that is closed, and the rest later, a message per turn
 * of the event loop, when the stored session is all that the client will ever get.
 */
export class PartingMessages {
  allSent = false;
  readonly #connection: jstp.Connection;
  readonly #total: number;
  #sent = 0;

  constructor(connection: jstp.Connection, total: number) {
    this.#connection = connection;
    this.#total = total;
  }

  async send(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#connection.once('close', () => {
        this.#sendUpTo(Math.ceil((this.#total * 2) / 3));
        resolve();
      });
    });
    await setImmediate();
    this.#sendUpTo(Math.ceil(this.#total / 3));
    await closed;
    await setTimeout(LATE_MS);
    while (this.#sent < this.#total) {
      this.#sendUpTo(this.#sent + 1);
      await setImmediate();
    }
    this.allSent = true;
  }

  #sendUpTo(count: number): void {
    while (this.#sent < count) {
      this.#connection.emitRemoteEvent('demo', 'message', [++this.#sent]);
    }
  }
}
