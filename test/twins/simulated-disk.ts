import { dirname } from 'node:path';
import type { DirectoryDisk, DiskFile, Done } from '../../src/disk.js';
import { type Content, makeSafe, type PowerCut, record, tear } from './simulated-content.js';

interface NameChange {
  readonly path: string;
  /** Whose sync makes it safe. */
  readonly directory: string;
  /** `undefined`: removed. */
  readonly content: Content | undefined;
}

/** A call, for a fault to be chosen by. */
export interface DiskCall {
  readonly name: keyof DirectoryDisk | keyof DiskFile;
  readonly path: string;
  /** How many came before it. */
  readonly index: number;
}

export class SimulatedDiskError extends Error {
  readonly code: string;

  constructor(code: string, { name, path }: DiskCall) {
    super(`${code}: ${name} ${path}`);
    this.code = code;
  }
}

/** A disk in memory that fails, tears and forgets when it is told to. A directory is there as long as a file is in it. */
export class SimulatedDisk implements DirectoryDisk {
  readonly #names = new Map<string, Content>();
  readonly #safeNames = new Map<string, Content>();
  #unsafeNames: NameChange[] = [];
  #calls = 0;
  readonly #laterTasks: (() => void)[] = [];
  /** Code of the error that a call is to throw. */
  faultOf: (call: DiskCall) => string | undefined = () => undefined;
  /** Bytes that one write takes at most. */
  writeBytesMax = Number.POSITIVE_INFINITY;
  /** Told of each call that changes something, before it does. */
  onChange: (call: DiskCall) => void = () => {};

  get calls(): number {
    return this.#calls;
  }

  makeDirectory(path: string): void {
    this.#call('makeDirectory', path);
  }

  list(directory: string): string[] {
    this.#call('list', directory);
    const below = [...this.#names.keys()].filter((path) => path.startsWith(`${directory}/`));
    const names = below.map((path) => path.slice(directory.length + 1).split('/')[0] as string);
    return [...new Set(names)];
  }

  exists(path: string): boolean {
    this.#call('exists', path);
    return this.#names.has(path);
  }

  create(path: string): DiskFile {
    const call = this.#change('create', path);
    if (this.#names.has(path)) throw new SimulatedDiskError('EEXIST', call);
    const content = contentOf(Buffer.alloc(0));
    this.#setName(path, content);
    return this.#fileOf(path, content);
  }

  open(path: string): DiskFile {
    const call = this.#call('open', path);
    const content = this.#names.get(path);
    if (content === undefined) throw new SimulatedDiskError('ENOENT', call);
    return this.#fileOf(path, content);
  }

  rename(from: string, to: string): void {
    const call = this.#change('rename', from);
    const below = [...this.#names].filter(([name]) => name === from || name.startsWith(`${from}/`));
    if (below.length === 0) throw new SimulatedDiskError('ENOENT', call);
    for (const [name, content] of below) {
      const isDirectory = name !== from;
      this.#setName(name, undefined, isDirectory ? dirname(from) : dirname(name));
      const target = `${to}${name.slice(from.length)}`;
      this.#setName(target, content, dirname(isDirectory ? to : target));
    }
  }

  link(from: string, to: string): void {
    const call = this.#change('link', from);
    this.#setName(to, this.#newName(call, from, to));
  }

  copy(from: string, to: string): void {
    const call = this.#change('copy', from);
    const { now } = this.#newName(call, from, to);
    const content = contentOf(Buffer.alloc(0));
    record(content, { kind: 'write', position: 0, bytes: Buffer.from(now) });
    this.#setName(to, content);
  }

  realPath(path: string): string {
    this.#call('realPath', path);
    return path;
  }

  #newName(call: DiskCall, from: string, to: string): Content {
    const content = this.#names.get(from);
    if (content === undefined) throw new SimulatedDiskError('ENOENT', call);
    if (this.#names.has(to)) throw new SimulatedDiskError('EEXIST', call);
    return content;
  }

  remove(path: string): void {
    this.#change('remove', path);
    for (const name of [...this.#names.keys()]) {
      if (name === path || name.startsWith(`${path}/`))
        this.#setName(name, undefined, dirname(path));
    }
  }

  syncDirectory(directory: string): void {
    this.#change('syncDirectory', directory);
    const safeUntil = new Map<string, number>();
    for (const [index, change] of this.#unsafeNames.entries()) {
      if (change.directory !== directory) continue;
      applyName(this.#safeNames, change);
      safeUntil.set(change.path, index);
    }
    // What was done to the name before, in a directory that is gone by now, cannot come back either.
    this.#unsafeNames = this.#unsafeNames.filter(
      ({ path }, index) => index > (safeUntil.get(path) ?? -1),
    );
  }

  removeLater(path: string, done: Done): void {
    this.#later(() => this.remove(path), done);
  }

  syncDirectoryLater(path: string, done: Done): void {
    this.#later(() => this.syncDirectory(path), done);
  }

  /** Ends all that was to be done later. Whether there was any. */
  completeLater(): boolean {
    const tasks = this.#laterTasks.splice(0);
    for (const task of tasks) task();
    return tasks.length > 0;
  }

  #later(act: () => void, done: Done): void {
    this.#laterTasks.push(() => {
      let error: Error | undefined;
      try {
        act();
      } catch (thrown) {
        error = thrown as Error;
      }
      done(error);
    });
  }

  /** What would be there after a power cut at this moment. */
  afterPowerCut(cut: PowerCut): SimulatedDisk {
    const names = new Map(this.#safeNames);
    for (const change of this.#unsafeNames) if (cut.reaches()) applyName(names, change);
    return SimulatedDisk.#of(names, (content) => {
      let bytes = content.safe;
      for (const change of content.unsafe) if (cut.reaches()) bytes = tear(bytes, change, cut);
      return bytes;
    });
  }

  /** What is there when only the process has ended: what was not safe from a power cut still is not. */
  afterKill(): SimulatedDisk {
    const copies = new Map<Content, Content>();
    const copyOf = (content: Content): Content => {
      const { identity, now, safe, unsafe } = content;
      const copy = copies.get(content) ?? {
        identity,
        now: Buffer.from(now),
        safe,
        unsafe: [...unsafe],
      };
      copies.set(content, copy);
      return copy;
    };
    const disk = new SimulatedDisk();
    for (const [path, content] of this.#names) disk.#names.set(path, copyOf(content));
    for (const [path, content] of this.#safeNames) disk.#safeNames.set(path, copyOf(content));
    disk.#unsafeNames = this.#unsafeNames.map(({ content, ...change }) => ({
      ...change,
      content: content && copyOf(content),
    }));
    return disk;
  }

  /** The same, and all that is there is safe. */
  settled(): SimulatedDisk {
    return SimulatedDisk.#of(this.#names, ({ now }) => now);
  }

  bytesOf(path: string): Buffer {
    const content = this.#names.get(path);
    if (content === undefined) throw new Error(`expected a file ${path}, got none`);
    return content.now;
  }

  /** Puts these bytes there, safely; if there is a file, in that file. */
  setBytes(path: string, bytes: Buffer, identity = this.#names.get(path)?.identity ?? 0n): void {
    const content: Content = { identity, now: bytes, safe: bytes, unsafe: [] };
    this.#names.set(path, content);
    this.#safeNames.set(path, content);
  }

  static #of(
    names: ReadonlyMap<string, Content>,
    bytesOf: (content: Content) => Buffer,
  ): SimulatedDisk {
    const disk = new SimulatedDisk();
    for (const [path, content] of names)
      disk.setBytes(path, Buffer.from(bytesOf(content)), content.identity);
    return disk;
  }

  #fileOf(path: string, content: Content): DiskFile {
    return {
      identity: () => content.identity,
      size: () => {
        this.#call('size', path);
        return content.now.length;
      },
      read: (bytes, offset, length, position) => {
        this.#call('read', path);
        return content.now.copy(bytes, offset, position, position + length);
      },
      write: (bytes, offset, length, position) => {
        this.#change('write', path);
        const end = offset + Math.min(length, this.writeBytesMax);
        const written = Buffer.from(bytes.subarray(offset, end));
        record(content, { kind: 'write', position, bytes: written });
        return written.length;
      },
      truncate: (size) => {
        this.#change('truncate', path);
        record(content, { kind: 'truncate', size });
      },
      sync: () => {
        this.#change('sync', path);
        makeSafe(content, content.unsafe.length);
      },
      syncLater: (done) => this.#syncLater(path, content, done),
      close: () => void this.#call('close', path),
    };
  }

  #syncLater(path: string, content: Content, done: Done): void {
    const changes = [...content.unsafe];
    this.#later(() => {
      this.#change('syncLater', path);
      makeSafe(content, changes.filter((change) => content.unsafe.includes(change)).length);
    }, done);
  }

  #setName(path: string, content: Content | undefined, directory = dirname(path)): void {
    const change = { path, directory, content };
    applyName(this.#names, change);
    this.#unsafeNames.push(change);
  }

  #change(name: DiskCall['name'], path: string): DiskCall {
    const call = this.#call(name, path);
    this.onChange(call);
    return call;
  }

  #call(name: DiskCall['name'], path: string): DiskCall {
    const call = { name, path, index: this.#calls++ };
    const code = this.faultOf(call);
    if (code !== undefined) throw new SimulatedDiskError(code, call);
    return call;
  }
}

function applyName(names: Map<string, Content>, { path, content }: NameChange): void {
  if (content === undefined) names.delete(path);
  else names.set(path, content);
}

let identities = 0n;

function contentOf(bytes: Buffer): Content {
  identities++;
  return { identity: identities, now: bytes, safe: bytes, unsafe: [] };
}
