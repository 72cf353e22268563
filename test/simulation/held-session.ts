import type { JournalStore } from '../../src/shard/journal-store.js';

/** A session as a store holds it, a real one or a naive one. */
export interface HeldSession {
  readonly id: string;
  readonly value: string;
  readonly deadlineMs: number;
  readonly inactive: boolean;
  /** Nothing may be added to the value. */
  readonly ended: boolean;
}

/** Equal for stores that hold the same. */
export function textOf(sessions: readonly HeldSession[]): string {
  const lines = sessions.map(({ id, value, deadlineMs, inactive, ended }) =>
    JSON.stringify([id, value, deadlineMs, inactive, ended]),
  );
  return lines.sort().join('\n');
}

/** `slots`: how many the store has. */
export function heldBy({ memory }: JournalStore, slots: number): HeldSession[] {
  const { table } = memory;
  const held: HeldSession[] = [];
  for (let slot = 0; slot < slots; slot++) {
    for (const entry of table.entriesOf(slot)) {
      held.push({
        id: table.idOf(entry),
        value: table.valueOf(entry),
        deadlineMs: memory.deadlineOf(entry),
        inactive: !memory.isActive(entry),
        ended: table.isEnded(entry),
      });
    }
  }
  return held;
}
