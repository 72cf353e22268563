import { dirname } from 'node:path';
import type { LockFile, LockSystem, RunningProcess } from '../../src/facade/lock-system.js';
import type { ManualClock } from './manual-clock.js';

export interface SimulatedProcess {
  readonly host: string;
  readonly pid: number;
  /** `undefined`: the system does not say, and so for the next two. */
  readonly startTime: number | undefined;
  readonly bootId: string | undefined;
  readonly pidNamespace: string | undefined;
}

export class SimulatedSystemError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(`${code}: ${message}`);
    this.code = code;
  }
}

/** Files that processes on several machines see, and the processes. A step is one call of one of them. */
export class LockWorld {
  readonly #clock: ManualClock;
  readonly #running = new Set<SimulatedProcess>();
  #tokens = 0;
  files = new Map<string, LockFile>();
  /** Code of the error that a call is to throw. */
  faultOf: (name: string, path: string) => string | undefined = () => undefined;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  start(process: Partial<SimulatedProcess> = {}): SimulatedProcess {
    const started = {
      host: 'alpha',
      pid: 1,
      startTime: 100,
      bootId: 'boot 1',
      pidNamespace: 'pids 1',
      ...process,
    };
    this.#running.add(started);
    return started;
  }

  end(process: SimulatedProcess): void {
    this.#running.delete(process);
  }

  /** Puts a file there that was written `ageMs` ago. */
  put(path: string, text: string, ageMs = 0): void {
    this.files.set(path, { text, modifiedMs: this.#clock.now() - ageMs });
  }

  textOf(path: string): string | undefined {
    return this.files.get(path)?.text;
  }

  systemOf(process: SimulatedProcess): LockSystem {
    const { host, pid, bootId, pidNamespace } = process;
    return {
      host,
      pid,
      bootId,
      pidNamespace,
      ownTokens: new Set(),
      processOf: (other) => this.#processOf(process, other),
      createToken: () => (++this.#tokens).toString(16).padStart(32, '0'),
      write: (path, text) => {
        this.#call('write', path);
        this.put(path, text);
      },
      read: (path) => {
        this.#call('read', path);
        return this.files.get(path);
      },
      link: (from, to) => this.#link(from, to),
      rename: (from, to) => {
        this.#call('rename', from);
        if (!this.files.has(from)) return false;
        this.files.set(to, this.#fileAt(from));
        this.files.delete(from);
        return true;
      },
      remove: (path) => {
        this.#call('remove', path);
        this.files.delete(path);
      },
      list: (directory) => {
        this.#call('list', directory);
        const paths = [...this.files.keys()].filter((path) => dirname(path) === directory);
        return paths.map((path) => path.slice(directory.length + 1));
      },
      touch: async (path, text) => {
        this.#call('touch', path);
        if (this.textOf(path) !== text) return false;
        this.put(path, text);
        return true;
      },
    };
  }

  #processOf(asker: SimulatedProcess, pid: number): RunningProcess | undefined {
    return [...this.#running].find(
      (other) =>
        other.pid === pid &&
        other.host === asker.host &&
        other.bootId === asker.bootId &&
        other.pidNamespace === asker.pidNamespace,
    );
  }

  #link(from: string, to: string): boolean {
    this.#call('link', to);
    const file = this.#fileAt(from);
    if (this.files.has(to)) return false;
    this.files.set(to, file);
    return true;
  }

  #fileAt(path: string): LockFile {
    const file = this.files.get(path);
    if (file === undefined) throw new SimulatedSystemError('ENOENT', path);
    return file;
  }

  #call(name: string, path: string): void {
    const code = this.faultOf(name, path);
    if (code !== undefined) throw new SimulatedSystemError(code, `${name} ${path}`);
  }
}
