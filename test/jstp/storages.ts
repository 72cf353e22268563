import { EventEmitter } from 'node:events';
import { after, before, describe } from 'node:test';
import jstp from '@metarhia/jstp';
import { type JstpSession, ShardedSessionStorageProvider } from '../../src/index.js';

type Answer = (session: JstpSession | undefined) => void;

/** The contract of the host, as much as the built-in provider and ours have in common. */
export interface Storage {
  isAsync(): boolean;
  get(id: string, callback?: Answer): unknown;
  set(id: string, session: JstpSession): unknown;
  setInactive(id: string): unknown;
  /** Of ours: every shard serves. */
  readonly ready?: Promise<void>;
}

/** Every session expires `lifetimeMs` after its connection closed, and is purged at once. */
export interface StorageKind {
  readonly name: string;
  readonly create: (lifetimeMs?: number) => Storage;
  readonly close: (storage: Storage) => Promise<void>;
  readonly size: (storage: Storage) => number | Promise<number>;
}

export const BUILT_IN: StorageKind = {
  name: 'built-in',
  create: (lifetimeMs) =>
    lifetimeMs === undefined
      ? new jstp.SimpleSessionStorageProvider()
      : new jstp.SimpleSessionStorageProvider(lifetimeMs, 1),
  close: async () => {},
  size: (storage) => (storage as jstp.SimpleSessionStorageProvider).size,
};

export const OURS: readonly StorageKind[] = [1, 2, 7].map((shards) => ({
  name: `ours, shards = ${shards}`,
  create: (lifetimeMs) =>
    new ShardedSessionStorageProvider(
      lifetimeMs === undefined
        ? { shards }
        : { shards, inactiveSessionLifetime: lifetimeMs, purgeInterval: 1 },
    ),
  close: (storage) => (storage as ShardedSessionStorageProvider).close(),
  size: (storage) => (storage as ShardedSessionStorageProvider).size(),
}));

export const ALL: readonly StorageKind[] = [BUILT_IN, ...OURS];

/**
 * Runs the same tests with each kind of storage. They share one storage, since their sessions have
 * ids of their own; `storage()` gives it.
 */
export function describeEach(
  kinds: readonly StorageKind[],
  tests: (storage: () => Storage, kind: StorageKind) => void,
): void {
  for (const kind of kinds) {
    describe(kind.name, () => {
      let storage: Storage;
      before(async () => {
        storage = kind.create();
        await storage.ready;
      });
      after(() => kind.close(storage));
      tests(() => storage, kind);
    });
  }
}

/** Between the host and a storage: passes a `get` on when it is released. Emits `held` for each. */
export class HeldStorage extends EventEmitter {
  readonly #inner: Storage;
  #held: (() => void)[] = [];

  constructor(inner: Storage) {
    super();
    this.#inner = inner;
  }

  isAsync(): true {
    return true;
  }

  get ready(): Promise<void> {
    return Promise.resolve(this.#inner.ready);
  }

  get(id: string, callback: Answer): void {
    this.#held.push(() => ask(this.#inner, id, callback));
    this.emit('held');
  }

  set(id: string, session: JstpSession): unknown {
    return this.#inner.set(id, session);
  }

  setInactive(id: string): unknown {
    return this.#inner.setInactive(id);
  }

  /** In the order in which they came, in one turn. */
  release(): void {
    const held = this.#held;
    this.#held = [];
    for (const pass of held) pass();
  }
}

/** Asks as the host does. */
export function ask(storage: Storage, id: string, callback: Answer): void {
  if (storage.isAsync()) storage.get(id, callback);
  else callback(storage.get(id) as JstpSession | undefined);
}
