import { Worker } from 'node:worker_threads';

/** Another thread and a port, and nothing else: no store on another thread can answer sooner. */
export class PingPong {
  readonly #worker = new Worker(new URL('./echo-thread.js', import.meta.url));
  #onAnswer: () => void = () => {};

  constructor() {
    this.#worker.on('message', () => this.#onAnswer());
  }

  /** Sends a number, and resolves when it has come back. One at a time. */
  ask(): Promise<void> {
    return new Promise((resolve) => {
      this.#onAnswer = resolve;
      this.#worker.postMessage(1);
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
