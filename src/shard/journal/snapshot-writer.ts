import { slotsOfShard } from '../../slots.js';
import type { MemoryStore } from '../memory-store.js';
import { RecordKind } from './journal-record.js';
import type { LogFile } from './log-file.js';

/** What one step writes at most, and one session: some 1 ms; a few times that until it is compiled. */
const STEP_SESSIONS_MAX = 256;
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
  source: SnapshotSource,
  slot: number,
  file: LogFile,
): Generator<void, number> {
  const { table } = source.memory;
  const entries = table.entriesOf(slot);
  let sessions = 0;
  for (let next = 0; next < entries.length; ) {
    if (next > 0) yield;
    // What an entry led to may be gone. If another of the slot is in its place, that may be written as well.
    const present = new Set(table.entriesOf(slot));
    const stepEnd = Math.min(next + STEP_SESSIONS_MAX, entries.length);
    while (next < stepEnd && file.pendingBytes <= STEP_BYTES_MAX) {
      const entry = entries[next++] as number;
      if (!present.has(entry)) continue;
      appendSession(source, slot, entry, file);
      sessions++;
    }
    file.write();
  }
  return sessions;
}

function appendSession(
  { memory, shard, shards }: SnapshotSource,
  slot: number,
  entry: number,
  file: LogFile,
): void {
  const { table } = memory;
  const id = table.idOf(entry);
  const slotOfAll = slot * shards + shard;
  const kind = memory.isActive(entry) ? RecordKind.SET : RecordKind.SET_INACTIVE;
  file.append(kind, slotOfAll, memory.deadlineOf(entry), id, table.valueOf(entry));
  if (table.isEnded(entry)) file.append(RecordKind.END, slotOfAll, 0, id, '');
}
