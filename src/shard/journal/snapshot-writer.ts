import { slotsOfShard } from '../../slots.js';
import type { MemoryStore } from '../memory-store.js';
import { RecordKind } from './journal-record.js';
import type { LogFile } from './log-file.js';

/** What one step writes at most, and one session: some 2 ms. */
const STEP_SESSIONS_MAX = 1_024;
const STEP_BYTES_MAX = 2 ** 20;

/** Of the sessions that a snapshot is made of. */
export interface SnapshotSource {
  readonly memory: Pick<MemoryStore, 'table' | 'isActive' | 'deadlineOf'>;
  readonly shard: number;
  readonly shards: number;
}

/** Writes all sessions to a file, slot by slot, in steps between which others have their turn. */
export function* snapshotSteps(source: SnapshotSource, file: LogFile): Generator<void> {
  const slots = slotsOfShard(source.shard, source.shards);
  let sessions = 0;
  for (let slot = 0; slot < slots; slot++) {
    sessions += yield* slotSteps(source, slot, file);
    yield;
  }
  writeSnapshotEnd(sessions, file);
}

export function writeSnapshotEnd(sessions: number, file: LogFile): void {
  file.append(RecordKind.SNAPSHOT_END, 0, sessions, '', '');
  file.write();
}

/**
 * Writes the sessions of a slot, of those of its shard, as they are when their turn comes; gives how many. Those
 * that are new meanwhile may be left out.
 */
export function* slotSteps(
  { memory, shard, shards }: SnapshotSource,
  slot: number,
  file: LogFile,
): Generator<void, number> {
  const { table } = memory;
  // Not entries, which may have become those of others when it goes on.
  const ids = table.entriesOf(slot).map((entry) => table.idOf(entry));
  const slotOfAll = slot * shards + shard;
  let sessions = 0;
  for (const id of ids) {
    const entry = table.find(slot, id);
    if (entry === undefined) continue;
    sessions++;
    const kind = memory.isActive(entry) ? RecordKind.SET : RecordKind.SET_INACTIVE;
    file.append(kind, slotOfAll, memory.deadlineOf(entry), id, table.valueOf(entry));
    if (table.isEnded(entry)) file.append(RecordKind.END, slotOfAll, 0, id, '');
    if (sessions % STEP_SESSIONS_MAX > 0 && file.pendingBytes <= STEP_BYTES_MAX) continue;
    file.write();
    yield;
  }
  file.write();
  return sessions;
}
