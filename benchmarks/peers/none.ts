import type { JstpSession } from '../../src/index.js';
import { createSession, idOf } from '../measuring/typical.js';
import { alwaysAvailable, type Peer, type PeerKind } from './peer.js';

type GetCallback = (session: JstpSession | undefined) => void;

/** Stores nothing, and has one session for whoever asks: what is left is the load generator's own cost. */
export const none: PeerKind = {
  name: 'none',
  whyUnavailable: alwaysAvailable,
  create: async () => new None(),
};

class None implements Peer {
  readonly #session = createSession(idOf(0), 0);
  #waiting: GetCallback[] = [];

  get(_id: string, callback: GetCallback): void {
    if (this.#waiting.push(callback) === 1) setImmediate(() => this.#answer());
  }

  set(): undefined {}

  setInactive(): void {}

  async flush(): Promise<void> {}

  async size(): Promise<number> {
    return 0;
  }

  async close(): Promise<void> {}

  #answer(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const callback of waiting) callback(this.#session);
  }
}
