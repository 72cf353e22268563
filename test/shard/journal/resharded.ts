import assert from 'node:assert/strict';
import type { Disk } from '../../../src/disk.js';
import {
  type JournalPlace,
  type JournalSource,
  type MoveReport,
  type ReshardOptions,
  reshard,
} from '../../../src/shard/journal/reshard.js';
import type { JournalStore } from '../../../src/shard/journal-store.js';
import { createSlotHash, shardOfSlot, slotWithinShard } from '../../../src/slots.js';
import { ManualClock } from '../../twins/manual-clock.js';
import { createStore } from '../journaled.js';
import { BOOT_ID, FILE_SET } from './written-journal.js';

export const slotOf = createSlotHash(new Uint8Array(16).fill(3));

const HOUR_MS = 3_600_000;
/** Of each shard: refuses what {@link writeSessions} appends to have it refused. */
const LIMITS = { sessionsMax: 1e9, bytesMax: 2 ** 26, overflow: 'reject' } as const;
const REFUSED = 'r'.repeat(2 ** 26);

/** Where a journal is, as a source and as a target of a move. */
export function placeOf(directory: string, shards: number): JournalSource {
  return { directory, shards, fileSet: FILE_SET, generations: [] };
}

/** How a session is found. */
export interface State {
  readonly value: string;
  readonly deadline: number;
  readonly isActive: boolean;
  readonly isEnded: boolean;
}

export interface Given {
  readonly disk: Disk;
  readonly encryptionKey?: Uint8Array | undefined;
  readonly clock?: ManualClock;
}

/** The stores of all shards of a journal, as after the end of a worker: active sessions stay so. */
export function openStores(
  { disk, encryptionKey, clock = new ManualClock() }: Given,
  { directory, shards }: JournalPlace,
): JournalStore[] {
  return Array.from({ length: shards }, (_, shard) =>
    createStore({
      disk,
      clock,
      encryptionKey,
      directory,
      shard,
      shards,
      bootId: BOOT_ID,
      limits: LIMITS,
      inactiveSessionLifetimeMs: undefined,
    }),
  );
}

/** All that is stored; each session in the shard and the slot that own it. */
export function statesOf(stores: readonly JournalStore[]): Map<string, State> {
  const states = new Map<string, State>();
  const shards = stores.length;
  for (const [shard, { memory }] of stores.entries()) {
    for (let slot = 0; slot * shards + shard < 1024; slot++) {
      for (const entry of memory.table.entriesOf(slot)) {
        const id = memory.table.idOf(entry);
        assert.equal(slotOf(id), slot * shards + shard);
        assert.equal(memory.table.find(slot, id), entry);
        assert.equal(states.has(id), false);
        states.set(id, {
          value: memory.table.valueOf(entry),
          deadline: memory.deadlineOf(entry),
          isActive: memory.isActive(entry),
          isEnded: memory.table.isEnded(entry),
        });
      }
    }
  }
  return new Map([...states].sort(([one], [other]) => (one < other ? -1 : 1)));
}

export function loadStates(given: Given, place: JournalPlace): Map<string, State> {
  return statesOf(openStores(given, place));
}

const ID_KINDS: readonly ((i: number) => string)[] = [
  (i) => `01234567-89ab-cdef-fedc-${String(i).padStart(12, '0')}`,
  (i) => `01234567-89AB-cdef-fedc-${String(i).padStart(12, '0')}`,
  (i) => `id-${i}`,
  (i) => `сесія-${i}`,
  (i) => `\ud800${i}\0`,
  (i) => `é${i}`.padEnd(1024, '\u{1f600}').slice(0, 1024),
];

/** What becomes of a session, so that each kind of record is in the logs. */
const FATES: readonly ((store: JournalStore, slot: number, id: string, nowMs: number) => void)[] = [
  () => {},
  (store, slot, id, nowMs) => store.setInactive(slot, id, nowMs + 2 * HOUR_MS),
  (store, slot, id, nowMs) => {
    store.setInactive(slot, id, nowMs + HOUR_MS);
    store.get(slot, id, nowMs + 3 * HOUR_MS);
  },
  (store, slot, id, nowMs) => store.setInactiveValue(slot, id, `${id} anew`, nowMs + 4 * HOUR_MS),
  (store, slot, id, nowMs) => {
    store.setInactiveValue(slot, id, `${id.length}:`, nowMs + 5 * HOUR_MS);
    for (let i = 0; i < 3; i++) store.amend(slot, id, `${id.length}`, `+${i}`.repeat(i * 2_000));
  },
  (store, slot, id, nowMs) => {
    store.setInactiveValue(slot, id, 'ended', nowMs + 5 * HOUR_MS);
    assert.equal(store.amend(slot, id, 'ended', REFUSED), false);
  },
  (store, slot, id) => store.delete(slot, id),
];

/** Fills the journal as shards do, with sessions of all kinds; gives what is stored then. */
export function writeSessions(
  given: Given,
  place: JournalPlace,
  sessions: number,
): Map<string, State> {
  const clock = given.clock ?? new ManualClock();
  const stores = openStores({ ...given, clock }, place);
  const nowMs = clock.now();
  for (let i = 0; i < sessions; i++) {
    const id = (ID_KINDS[i % ID_KINDS.length] as (i: number) => string)(i);
    const slot = slotOf(id);
    const store = stores[shardOfSlot(slot, place.shards)] as JournalStore;
    const within = slotWithinShard(slot, place.shards);
    const value = i % 40 === 7 ? `large ${i} `.repeat(20_000) : `value \xff ${i}`.repeat(i % 9);
    store.set(within, id, value, nowMs + HOUR_MS + i);
    FATES[i % FATES.length]?.(store, within, id, nowMs);
  }
  for (const store of stores) store.commit(false, () => {});
  return statesOf(stores);
}

export const OLD = '/journal/epoch-1';
export const NEW = '/journal/epoch-2';

export function move(
  given: Given,
  from: JournalSource,
  to: JournalPlace,
  options: Partial<ReshardOptions> = {},
): MoveReport {
  return reshard({
    encryptionKey: undefined,
    bootId: BOOT_ID,
    repair: false,
    ...given,
    from,
    to,
    ...options,
  });
}
