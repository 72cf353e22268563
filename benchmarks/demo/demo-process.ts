import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Answer, Request, Tasks } from './tasks.js';
import { within } from './waiting.js';

/** Time for a process to end when nothing keeps it alive any more. */
const EXIT_MS_MAX = 5_000;

export interface TaskOptions {
  readonly timeoutMs: number;
  readonly onProgress?: (done: number) => void;
}

/** A process of the demo, seen from the one that started it. */
export class DemoProcess<T extends Tasks> {
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown>;
  #endExpected = false;
  /** Rejects if the process ends before it was asked to, or killed. */
  readonly failure: Promise<never>;

  constructor(name: string, entry: URL) {
    this.#name = name;
    // What a process prints to stderr is a real error and goes straight to the user.
    this.#child = fork(entry, {
      env: { ...process.env, NODE_ENV: 'production' },
      serialization: 'advanced',
    });
    this.#exit = once(this.#child, 'exit');
    this.failure = this.#failOnExit();
    this.failure.catch(() => {});
  }

  /** Rejects when the task fails, and after `timeoutMs`. */
  perform<Name extends keyof T & string>(
    task: Name,
    input: Parameters<T[Name]>[0],
    { timeoutMs, onProgress }: TaskOptions,
  ): Promise<ReturnType<T[Name]>> {
    let done = 0;
    const result = this.#ask<ReturnType<T[Name]>>({ task, input }, (count) => {
      done = count;
      onProgress?.(count);
    });
    return within(result, timeoutMs, () => {
      const progress = onProgress === undefined ? '' : `; ${done} are done`;
      return `"${task}" in the ${this.#name} process: not finished${progress}`;
    });
  }

  /** Asks the process to close, then expects it to end without being killed. */
  async close(timeoutMs: number): Promise<void> {
    await this.perform('close', null as never, { timeoutMs });
    await this.#end('closed');
    const { exitCode } = this.#child;
    if (exitCode !== 0) {
      throw new Error(`the ${this.#name} process: expected exit code 0, got ${exitCode}`);
    }
  }

  /** Resolves when the process has ended, by this or before. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#end('killed');
  }

  async #end(how: string): Promise<void> {
    this.#endExpected = true;
    await within(this.#exit, EXIT_MS_MAX, () => `the ${this.#name} process: ${how}, but not ended`);
  }

  #ask<Result>(request: Request, onProgress: (done: number) => void): Promise<Result> {
    return new Promise((resolve, reject) => {
      const onMessage = (message: unknown) => {
        const answer = message as Answer;
        if (answer.kind === 'progress') {
          onProgress(answer.done);
          return;
        }
        this.#child.off('message', onMessage);
        if (answer.kind === 'result') resolve(answer.value as Result);
        else reject(new Error(`"${request.task}" in the ${this.#name} process: ${answer.reason}`));
      };
      this.#child.on('message', onMessage);
      // A process that cannot be reached has ended, which `failure` tells.
      this.#child.send(request, () => {});
    });
  }

  async #failOnExit(): Promise<never> {
    await this.#exit;
    if (this.#endExpected) return new Promise(() => {});
    const { exitCode, signalCode } = this.#child;
    throw new Error(`the ${this.#name} process ended by itself (${signalCode ?? exitCode})`);
  }
}
