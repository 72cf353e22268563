import { test } from 'node:test';
import * as protocol from '../../src/protocol.js';
import { HEAD_BYTES } from '../../src/session-codec.js';
import { createSlotHash } from '../../src/slots.js';

/** A store behind its shard, as the facade sees it. */
export interface ServedStore {
  /** Applies a batch, and answers it. */
  receive(batch: protocol.Batch): void;
  /** The reply to that batch. */
  reply(sequence: number): Promise<protocol.Reply>;
  now(): number;
  /** Time passes. A real server may be some seconds further. */
  pass(ms: number): Promise<void>;
  /** From now on it has no room for anything. */
  refuseValues(): Promise<void>;
  close(): Promise<void>;
}

export interface ServedStoreOptions {
  readonly skip?: string | false;
  readonly runs?: number;
  readonly create: () => Promise<ServedStore>;
}

/** Beside it, what a real server takes for a test is nothing. */
export const SOON_MS = 1_000_000;
export const FAR_MS = 2 ** 40;
const slotOf = createSlotHash(new Uint8Array(16));

/** A value as the facade makes it: each has a later stamp than the one before. */
class Values {
  #stamp = 0;

  next(content: string): string {
    const stamp = Buffer.alloc(HEAD_BYTES);
    stamp[0] = 1;
    stamp.writeUInt32BE(++this.#stamp, HEAD_BYTES - 4);
    return stamp.toString('latin1') + content;
  }
}

export type Fill = (batch: protocol.Batch) => void;

/** Asks a store as the facade does. */
export class Asking {
  readonly values = new Values();
  readonly #served: ServedStore;
  #sequence = 0;

  constructor(served: ServedStore) {
    this.#served = served;
  }

  pass(ms: number): Promise<void> {
    return this.#served.pass(ms);
  }

  refuseValues(): Promise<void> {
    return this.#served.refuseValues();
  }

  readonly batch = async (...fills: Fill[]): Promise<unknown[]> => {
    const sequence = ++this.#sequence;
    const batch = protocol.createBatch(sequence);
    for (const fill of fills) fill(batch);
    this.#served.receive(batch);
    return (await this.#served.reply(sequence)).slice(protocol.resultAt(0));
  };

  readonly get =
    (id: string, lifetimeMs = FAR_MS) =>
    (batch: protocol.Batch) =>
      protocol.appendGet(batch, slotOf(id), id, this.#served.now() + lifetimeMs);

  readonly set =
    (id: string, value: string, lifetimeMs = FAR_MS) =>
    (batch: protocol.Batch) =>
      protocol.appendSet(batch, slotOf(id), id, value, this.#served.now() + lifetimeMs);

  readonly setInactiveValue =
    (id: string, value: string, lifetimeMs: number) => (batch: protocol.Batch) => {
      this.set(id, value)(batch);
      protocol.makeLastSetInactive(batch, this.#served.now() + lifetimeMs);
    };

  readonly setInactive = (id: string, lifetimeMs: number) => (batch: protocol.Batch) =>
    protocol.appendSetInactive(batch, slotOf(id), id, this.#served.now() + lifetimeMs);

  readonly amend = (id: string, value: string, addition: string) => (batch: protocol.Batch) =>
    protocol.appendAmend(batch, slotOf(id), id, value.slice(0, HEAD_BYTES), addition);

  readonly delete = (id: string) => (batch: protocol.Batch) =>
    protocol.appendDelete(batch, slotOf(id), id, 0);

  readonly all = (op: protocol.ShardWideOp) => (batch: protocol.Batch) =>
    protocol.appendShardWide(batch, op);
}

/** Defines a test of what every store must do, on a store of its own. */
export type DefineTest = (what: string, act: (asking: Asking) => Promise<void>) => void;

export function testsOf(name: string, { create, skip = false }: ServedStoreOptions): DefineTest {
  return (what, act) =>
    test(`${name}: ${what}`, { skip }, async () => {
      const served = await create();
      try {
        await act(new Asking(served));
      } finally {
        await served.close();
      }
    });
}
