import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';

// The last line says which group of processes to end; an empty one, that there is none.
const SCRIPT = `
while read -r line; do group=$line; done
[ -z "$group" ] || kill -s KILL -- "-$group"
rm -rf "$1"
`;

/**
 * Ends a process and removes its directory when this process is gone, however it went: its pipe to a shell is
 * closed then. A listener of 'exit' would not be called on a signal.
 */
export class ProcessGuard {
  readonly #shell: ChildProcess;
  readonly #input: Socket;

  constructor(directory: string) {
    // Detached: a signal from the terminal does not reach it.
    this.#shell = spawn('sh', ['-c', SCRIPT, 'sh', directory], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    this.#shell.unref();
    this.#input = this.#shell.stdin as Socket;
    this.#input.unref();
  }

  /** The leader of the group of processes that is guarded from now on. */
  guard(pid: number): void {
    this.#input.write(`${pid}\n`);
  }

  /** The guarded process has ended, and others may get its id. */
  forget(): void {
    if (this.#input.writable) this.#input.write('\n');
  }

  /** Does now what it is there for. */
  async end(): Promise<void> {
    if (this.#shell.exitCode !== null) return;
    this.#shell.ref();
    const exited = once(this.#shell, 'exit');
    this.#input.end();
    await exited;
  }
}
