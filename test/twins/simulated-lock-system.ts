import { dirname } from 'node:path';
import type { LockFile, LockSystem, RunningProcess } from '../../src/facade/lock-system.js';
import { holderPath, lockPath, manifestPath } from '../../src/shard/journal/lock-files.js';
import type { LockState } from '../../src/shard/journal/touch-lock.js';
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
  /** Of holders, those that are cut off included. */
  directories = new Set<string>();
  /** Descriptors that are open, each as `describeOpen` says it. */
  readonly #open = new Set<string>();
  #descriptors = 0;
  /** Whether processes can see what others have open. */
  showsDescriptors = false;
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

  /** The thread of the process that has locks ends, and the process does not. */
  endThread({ pid }: SimulatedProcess): void {
    for (const open of [...this.#open]) {
      if (open.startsWith(`${pid} `)) this.#open.delete(open);
    }
  }

  /** As when a directory is copied: the same texts in other files. */
  copy(from: string, to: string): void {
    for (const [path, { text, modifiedMs }] of [...this.files]) {
      if (!path.startsWith(`${from}/`)) continue;
      const target = `${to}${path.slice(from.length)}`;
      this.files.set(target, { text, modifiedMs, identity: `copy of ${text}` });
    }
  }

  /** Puts a file there that was written `ageMs` ago. */
  put(path: string, text: string, ageMs = 0): void {
    // Of a text with a token there is only one file, whatever names it has.
    this.files.set(path, { text, modifiedMs: this.#clock.now() - ageMs, identity: text });
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
      isOpen: (other, descriptor, identity) => {
        if (!this.showsDescriptors) return undefined;
        return this.#open.has(describeOpen(other, descriptor, identity));
      },
      create: (path, textFor) => {
        this.#call('create', path);
        const descriptor = this.showsDescriptors ? ++this.#descriptors : undefined;
        const text = textFor(descriptor);
        this.put(path, text);
        if (descriptor !== undefined) this.#open.add(describeOpen(pid, descriptor, text));
        return descriptor;
      },
      closeFile: (descriptor) => {
        for (const open of [...this.#open]) {
          if (open.startsWith(`${pid} ${descriptor} `)) this.#open.delete(open);
        }
      },
      makeDirectory: (path) => {
        this.#call('makeDirectory', path);
        this.directories.add(path);
      },
      exists: (path) => this.files.has(path) || this.directories.has(path),
      read: (path) => {
        this.#call('read', path);
        return this.files.get(path);
      },
      link: (from, to) => this.#link(from, to),
      rename: (from, to) => {
        this.#call('rename', from);
        if (this.directories.delete(from)) return this.#renameDirectory(from, to);
        if (!this.files.has(from) || !this.#hasParent(to)) return false;
        this.files.set(to, this.#fileAt(from));
        this.files.delete(from);
        return true;
      },
      remove: (path) => {
        this.#call('remove', path);
        this.files.delete(path);
        this.directories.delete(path);
        for (const name of [...this.files.keys()]) {
          if (name.startsWith(`${path}/`)) this.files.delete(name);
        }
      },
      list: (directory) => {
        this.#call('list', directory);
        const paths = [...this.files.keys(), ...this.directories].filter(
          (path) => dirname(path) === directory,
        );
        return paths.map((path) => path.slice(directory.length + 1));
      },
      touch: (directory, token) => this.#touch(directory, token),
    };
  }

  #touch(directory: string, token: string): LockState {
    const path = lockPath(directory);
    this.#call('touch', path);
    const text = this.textOf(path);
    if (text === undefined) {
      if (this.directories.has(holderPath(directory, token))) return 'removed';
      return this.files.has(manifestPath(directory)) ? 'gone' : 'emptied';
    }
    if (!text.includes(token)) return 'taken';
    this.put(path, text);
    return 'held';
  }

  /** Only directories of holders come and go. */
  #hasParent(path: string): boolean {
    const parent = dirname(path);
    return !parent.includes('/holder-') || this.directories.has(parent);
  }

  #renameDirectory(from: string, to: string): true {
    this.directories.add(to);
    for (const [path, file] of [...this.files]) {
      if (!path.startsWith(`${from}/`) || !this.files.delete(path)) continue;
      this.files.set(`${to}${path.slice(from.length)}`, file);
    }
    return true;
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

function describeOpen(pid: number, descriptor: number, identity: string): string {
  return `${pid} ${descriptor} ${identity}`;
}
