import { basename } from 'node:path';
import type { Disk, DiskFile } from '../../src/disk.js';
import { Op, splitBatch } from '../../src/protocol.js';
import { FileKind } from '../../src/shard/journal/file-header.js';
import { filesOfShard } from '../../src/shard/journal/shard-files.js';
import { JournalStore, type JournalStoreOptions } from '../../src/shard/journal-store.js';
import { SLOT_COUNT } from '../../src/slots.js';
import type { PlantedBug } from './world.js';

/** Bugs of journals, and of what is asked of them, that the simulation must find. */
export const PLANTED_JOURNAL_BUGS: Record<string, () => PlantedBug> = {
  'a journal acknowledges before it writes': () => ({
    createJournal: (options) => new HastyJournal(options),
  }),

  'a journal acknowledges before it syncs': () => ({
    createJournal: (options) => new JournalStore({ ...options, fsync: 'everysec' }),
  }),

  'a change is said to be safe while the disk fails': () => ({
    createJournal: (options) => new TrustingJournal(options),
  }),

  'a disk that fails is not told of': () => ({
    createJournal: (options) => {
      const listener = { ...options.listener, onDegraded: () => {} };
      return new JournalStore({ ...options, listener });
    },
  }),

  'a disk that fails is told of twice': () => ({
    createJournal: (options) => {
      const { listener } = options;
      const onDegraded = (error: Error): void => {
        listener.onDegraded(error);
        listener.onDegraded(error);
      };
      return new JournalStore({ ...options, listener: { ...listener, onDegraded } });
    },
  }),

  'a refill leaves the last record out': () => ({
    createJournal: (options) => new JournalStore({ ...options, disk: withoutLastByte(options) }),
  }),

  'a journal forgets deletions': () => ({
    createJournal: (options) => new UndeletingJournal(options),
  }),

  'a journal forgets what a get renews': () => ({
    createJournal: (options) => new LapsingJournal(options),
  }),

  'a snapshot never gets its name': () => ({
    createJournal: (options) => {
      const { disk } = options;
      return new JournalStore({ ...options, disk: changed(disk, { rename: () => {} }) });
    },
  }),

  "a worker's start is taken for that of the process": () => ({
    createJournal: (options) => new JournalStore({ ...options, inactiveSessionLifetimeMs: 5_000 }),
  }),

  'what was not acknowledged is not asked again': () => ({
    ask: (batch, replayed, pass) => {
      const nothing = splitBatch(batch, () => 0).map(() => Op.FLUSH * SLOT_COUNT);
      pass(replayed ? [Number(batch[0]), ...nothing] : batch);
    },
  }),
};

class HastyJournal extends JournalStore {
  readonly #clock: JournalStoreOptions['clock'];

  constructor(options: JournalStoreOptions) {
    super(options);
    this.#clock = options.clock;
  }

  override commit(syncs: boolean, done: (safe: boolean) => void): void {
    done(true);
    this.#clock.after(1, () => super.commit(syncs, () => {}));
  }
}

class TrustingJournal extends JournalStore {
  override commit(syncs: boolean, done: (safe: boolean) => void): void {
    super.commit(syncs, () => done(true));
  }
}

class UndeletingJournal extends JournalStore {
  override delete(slot: number, id: string): boolean {
    return this.memory.delete(slot, id);
  }
}

class LapsingJournal extends JournalStore {
  override get(slot: number, id: string, deadline: number): string | undefined {
    return this.memory.get(slot, id, deadline);
  }
}

/** The last log ends before its last byte. */
function withoutLastByte({ disk, directory, shard }: JournalStoreOptions): Disk {
  const logs = filesOfShard(shard, disk.list(directory)).filter(
    ({ kind }) => kind === FileKind.LOG,
  );
  const last = logs.at(-1)?.name;
  const open = (path: string): DiskFile => {
    const file = disk.open(path);
    return basename(path) === last ? changed(file, { size: () => file.size() - 1 }) : file;
  };
  return changed(disk, { open });
}

/** The same but for some methods. */
function changed<Target extends object>(target: Target, methods: Partial<Target>): Target {
  return new Proxy(target, {
    get: (_, name) => {
      const method: unknown = Reflect.get(name in methods ? methods : target, name);
      return typeof method === 'function' ? method.bind(target) : method;
    },
  });
}
