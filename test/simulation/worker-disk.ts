import type { Disk, DiskFile, Done } from '../../src/disk.js';
import type { Agenda, SimulatedThread } from './agenda.js';

export interface WorkerDiskOptions {
  readonly disk: Disk;
  readonly agenda: Agenda;
  readonly thread: SimulatedThread;
  /** How long the next thing takes that is not waited for. */
  readonly delayMs: () => number;
  /** How much of so many bytes the last write writes. */
  readonly tornBytes: (length: number) => number;
  /** The worker is to end in the middle of a call, of this name. */
  readonly onEnd: (call: string) => void;
}

/** The disk as one worker has it: nothing of what it does comes after its end, which may come amid any call. */
export class WorkerDisk implements Disk {
  readonly #options: WorkerDiskOptions;
  #callsLeft = Number.POSITIVE_INFINITY;

  constructor(options: WorkerDiskOptions) {
    this.#options = options;
  }

  /** The worker ends in the call so many from now. */
  endAfter(calls: number): void {
    this.#callsLeft = calls;
  }

  makeDirectory(path: string): void {
    this.#do('makeDirectory', (disk) => disk.makeDirectory(path));
  }

  list(directory: string): string[] {
    return this.#do('list', (disk) => disk.list(directory));
  }

  exists(path: string): boolean {
    return this.#options.disk.exists(path);
  }

  create(path: string): DiskFile {
    return this.#fileOf(this.#do('create', (disk) => disk.create(path)));
  }

  open(path: string): DiskFile {
    return this.#fileOf(this.#do('open', (disk) => disk.open(path)));
  }

  rename(from: string, to: string): void {
    this.#do('rename', (disk) => disk.rename(from, to));
  }

  remove(path: string): void {
    this.#do('remove', (disk) => disk.remove(path));
  }

  syncDirectory(path: string): void {
    this.#do('syncDirectory', (disk) => disk.syncDirectory(path));
  }

  removeLater(path: string, done: Done): void {
    this.#later(() => this.remove(path), done);
  }

  syncDirectoryLater(path: string, done: Done): void {
    this.#later(() => this.syncDirectory(path), done);
  }

  #fileOf(file: DiskFile): DiskFile {
    const sync = (): void => this.#do('sync', () => file.sync());
    return {
      identity: () => file.identity(),
      size: () => this.#do('size', () => file.size()),
      read: (...given) => this.#do('read', () => file.read(...given)),
      write: (bytes, offset, length, position) => {
        const torn = this.#options.tornBytes;
        const tear = (): unknown => file.write(bytes, offset, torn(length), position);
        return this.#do('write', () => file.write(bytes, offset, length, position), tear);
      },
      truncate: (size) => this.#do('truncate', () => file.truncate(size)),
      sync,
      syncLater: (done) => this.#later(sync, done),
      close: () => this.#do('close', () => file.close()),
    };
  }

  #do<Result>(
    call: string,
    act: (disk: Disk) => Result,
    tear: () => unknown = () => undefined,
  ): Result {
    const { disk, thread, onEnd } = this.#options;
    if (!thread.ended && this.#callsLeft-- <= 0) {
      tear();
      onEnd(call);
    }
    // It may be caught, but nothing that comes after it is heard.
    if (thread.ended) throw new Error(`expected no ${call} of a worker that has ended`);
    return act(disk);
  }

  #later(act: () => void, done: Done): void {
    const { agenda, thread, delayMs } = this.#options;
    agenda.schedule(thread, delayMs(), () => {
      let error: Error | undefined;
      try {
        act();
      } catch (thrown) {
        error = thrown as Error;
      }
      if (!thread.ended) done(error);
    });
  }
}
