import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));

/** The text of an example, with some of its parts replaced, each of which is there once. */
export async function readExample(
  name: string,
  replacements: Readonly<Record<string, string>>,
): Promise<string> {
  let text = await readFile(`${REPOSITORY}/examples/${name}`, 'utf8');
  for (const [part, replacement] of Object.entries(replacements)) {
    assert.equal(text.split(part).length, 2, `${name} has ${part} once`);
    text = text.replace(part, () => replacement);
  }
  return text;
}

/** Runs a program as if it were a file at the top of this repository, where the package finds itself by its name. */
export function runExample(text: string): RunningExample {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', text], {
    cwd: REPOSITORY,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  return new RunningExample(child);
}

export class RunningExample {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown[]>;
  #complaints = '';

  constructor(child: ChildProcess) {
    this.#child = child;
    this.#exited = once(child, 'exit');
    child.stderr?.on('data', (text) => {
      this.#complaints += text;
    });
  }

  /** What it sends first. Rejects if it ends before. */
  async nextMessage(): Promise<unknown> {
    const ended = this.#exited.then(([code, signal]) => {
      throw new Error(`expected a message, got the end by ${code ?? signal}: ${this.#complaints}`);
    });
    const [message] = await Promise.race([once(this.#child, 'message'), ended]);
    return message;
  }

  /** Ends it; gives its exit code or the signal that ended it, and what it has said of errors. */
  async end(signal: NodeJS.Signals): Promise<{ end: unknown; complaints: string }> {
    this.#child.kill(signal);
    const [code, endSignal] = await this.#exited;
    const lines = this.#complaints.split('\n').filter((line) => line.includes('ERR_'));
    return { end: code ?? endSignal, complaints: lines.join('\n') };
  }
}
