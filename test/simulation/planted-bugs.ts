import { type JstpSession, ShardedSessionStorageProvider } from '../../src/index.js';
import { type Batch, Op, type Reply, resultAt, splitBatch } from '../../src/protocol.js';
import { MemoryStore, type MemoryStoreOptions } from '../../src/shard/memory-store.js';
import { SLOT_COUNT } from '../../src/slots.js';
import type { PlantedBug } from './world.js';

/** Bugs that the simulation must find: each is made anew for each seed. */
export const PLANTED_BUGS: Record<string, () => PlantedBug> = {
  'an acknowledgement is dropped': () => {
    let replies = 0;
    return {
      tell: (message, pass) => {
        if (!Array.isArray(message) || ++replies !== 5) pass(message);
      },
    };
  },

  'two answers change places': () => {
    let held: Reply | undefined;
    let replies = 0;
    return {
      tell: (message, pass) => {
        if (!Array.isArray(message) || ++replies !== 5) {
          pass(message);
          if (held !== undefined) pass(held);
          held = undefined;
        } else held = message;
      },
    };
  },

  'sessions expire a tick late': () => ({
    createStore: (options) => new MemoryStore({ ...options, clock: tickBehind(options) }),
  }),

  'expired sessions are freed a tick late': () => ({
    createStore: (options) => new LatePurgeStore(options),
  }),

  'active sessions are given up': () => ({
    createStore: (options) => new ForgetfulStore(options),
  }),

  'operations are replayed out of order': () => {
    const reversed = new Set<unknown>();
    return {
      ask: (batch, replayed, pass) => {
        if (replayed) reversed.add(batch[0]);
        pass(replayed ? reverse(batch) : batch);
      },
      tell: (message, pass) => {
        if (!Array.isArray(message) || !reversed.delete(message[0])) return pass(message);
        const results = message.splice(resultAt(0)).reverse();
        message.push(...results);
        pass(message);
      },
    };
  },

  'messages of the host are lost': () => ({
    ask: (batch, _replayed, pass) => {
      const parts = splitBatch(batch, () => 0).map(([, ...part]) =>
        Math.floor(Number(part[0]) / SLOT_COUNT) === Op.AMEND ? [Op.FLUSH * SLOT_COUNT] : part,
      );
      pass([Number(batch[0]), ...parts.flat()]);
    },
  }),

  'a waiter is forgotten': () => ({
    createProvider: (options) => new ForgettingProvider(options),
  }),

  'a get is answered from what was got before': () => ({
    createProvider: (options) => new CachingProvider(options),
  }),

  'an operation is done twice': () => ({
    ask: (batch, _replayed, pass) => {
      const [first, ...others] = splitBatch(batch, () => 0);
      const [sequence] = batch;
      if (first === undefined || sequence === undefined) return;
      const [, ...part] = first;
      const twice = [...part, ...part, ...others.flatMap(([, ...other]) => other)];
      pass([sequence, ...twice] as Batch);
    },
    tell: (message, pass) => {
      if (Array.isArray(message)) message.splice(resultAt(0), 1);
      pass(message);
    },
  }),
};

function tickBehind({ clock, purgeIntervalMs }: MemoryStoreOptions): MemoryStoreOptions['clock'] {
  return {
    now: () => clock.now() - purgeIntervalMs,
    wall: () => clock.wall(),
    elapsed: () => clock.elapsed(),
    after: (delayMs, callback) => clock.after(delayMs, callback),
    nextTurn: (callback) => clock.nextTurn(callback),
    createHold: () => clock.createHold(),
  };
}

class LatePurgeStore extends MemoryStore {
  readonly #purgeIntervalMs: number;
  #purges = 0;

  constructor(options: MemoryStoreOptions) {
    super(options);
    this.#purgeIntervalMs = options.purgeIntervalMs;
  }

  override purge(visitsMax: number): number {
    return ++this.#purges % 2 === 0 ? this.#purgeIntervalMs : super.purge(visitsMax);
  }
}

/** Takes a session that was fetched for one that may be given up. */
class ForgetfulStore extends MemoryStore {
  override get(slot: number, id: string, deadline: number): string | undefined {
    const value = super.get(slot, id, deadline);
    super.setInactive(slot, id, deadline);
    return value;
  }
}

class ForgettingProvider extends ShardedSessionStorageProvider {
  #gets = 0;

  override get(id: string): Promise<JstpSession | undefined>;
  override get(id: string, callback: (session: JstpSession | undefined) => void): void;
  override get(
    id: string,
    callback?: (session: JstpSession | undefined) => void,
    // biome-ignore lint/suspicious/noConfusingVoidType: two forms, as the host defines them
  ): Promise<JstpSession | undefined> | void {
    if (callback === undefined) return super.get(id);
    return super.get(id, ++this.#gets === 5 ? () => {} : callback);
  }
}

class CachingProvider extends ShardedSessionStorageProvider {
  readonly #got = new Map<string, JstpSession>();

  override get(id: string): Promise<JstpSession | undefined>;
  override get(id: string, callback: (session: JstpSession | undefined) => void): void;
  override get(
    id: string,
    callback?: (session: JstpSession | undefined) => void,
    // biome-ignore lint/suspicious/noConfusingVoidType: two forms, as the host defines them
  ): Promise<JstpSession | undefined> | void {
    if (callback !== undefined) return super.get(id, callback);
    const known = this.#got.get(id);
    if (known !== undefined) return Promise.resolve(known);
    return super.get(id).then((session) => {
      if (session !== undefined) this.#got.set(id, session);
      return session;
    });
  }
}

function reverse(batch: Batch): Batch {
  const [sequence] = batch;
  const parts = splitBatch(batch, () => 0).reverse();
  return [Number(sequence), ...parts.flatMap(([, ...part]) => part)];
}
