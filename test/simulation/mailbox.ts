import type { CancelTimer } from '../../src/clock.js';
import type { Agenda, SimulatedThread } from './agenda.js';

interface Letter {
  readonly open: () => void;
  readonly cancel: CancelTimer;
}

export interface MailboxOptions {
  readonly agenda: Agenda;
  /** The thread on which letters are opened. */
  readonly reader: SimulatedThread;
  /** How long the next letter takes. */
  readonly delayMs: () => number;
}

/** One direction of a port: what is sent arrives late, but in order. */
export class Mailbox {
  readonly #options: MailboxOptions;
  readonly #letters: Letter[] = [];
  #latestAtMs = 0;

  constructor(options: MailboxOptions) {
    this.#options = options;
  }

  /** Letters on their way. */
  get length(): number {
    return this.#letters.length;
  }

  send(open: () => void): void {
    const { agenda, reader, delayMs } = this.#options;
    const atMs = Math.max(this.#latestAtMs, agenda.elapsedMs + delayMs());
    this.#latestAtMs = atMs;
    const deliver = () => this.#letters.shift()?.open();
    const cancel = agenda.schedule(reader, atMs - agenda.elapsedMs, deliver);
    this.#letters.push({ open, cancel });
  }

  /** Loses the letters that were sent last. */
  lose(count: number): void {
    for (const { cancel } of this.#letters.splice(this.#letters.length - count)) cancel();
  }

  close(): void {
    this.lose(this.#letters.length);
  }
}
