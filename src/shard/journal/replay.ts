import { SessionStorageError } from '../../errors.js';
import { slotWithinShard } from '../../slots.js';
import { isExpired } from '../expiry-wheel.js';
import type { SessionTable } from '../session-table.js';
import { type JournalRecord, RecordKind } from './journal-record.js';

export interface ReplayOptions {
  /** Empty. */
  readonly table: SessionTable;
  readonly shards: number;
}

/**
 * Applies the records of a journal to a table of sessions that nobody uses yet. Time does not pass meanwhile:
 * what has expired by now may have been fetched before it did. The rows' deadlines say
 * what is active: see {@link activeUntil}.
 */
export class Replay {
  readonly #options: ReplayOptions;
  // Some sessions may be active.
  #hasActive = false;

  constructor(options: ReplayOptions) {
    this.#options = options;
  }

  /** Throws `ERR_STORE_FULL` without memory for it. */
  apply({ kind, slot, argument, id, value }: JournalRecord): void {
    switch (kind) {
      case RecordKind.SET:
        this.#hasActive = true;
        this.#set(slot, id, value, activeUntil(argument));
        break;
      case RecordKind.SET_INACTIVE:
        this.#set(slot, id, value, argument);
        break;
      case RecordKind.ACTIVE:
        this.#hasActive = true;
        this.#setDeadline(slot, id, activeUntil(argument));
        break;
      case RecordKind.INACTIVE:
        this.#setDeadline(slot, id, argument);
        break;
      case RecordKind.AMEND:
        this.#amend(slot, id, argument, value);
        break;
      case RecordKind.END:
        this.#end(slot, id);
        break;
      case RecordKind.DELETE:
        this.#delete(slot, id);
        break;
      case RecordKind.CLEAR:
        this.#options.table.clear();
        break;
      case RecordKind.EXPIRED:
        this.#expire(argument, value === '' ? Number.NEGATIVE_INFINITY : Number(value));
        break;
      case RecordKind.START:
        this.#start(argument);
        break;
      default:
      // About the journal itself.
    }
  }

  /** Visits the active sessions whose lease has run out. */
  visitExpiredActive(nowMs: number, visit: (entry: number, deadlineMs: number) => void): void {
    if (!this.#hasActive) return;
    const { table } = this.#options;
    table.visitAll((entry) => {
      const inRow = table.rows.deadlines.get(entry);
      if (isActive(inRow) && isExpired(deadlineOf(inRow), nowMs)) visit(entry, deadlineOf(inRow));
    });
  }

  /** Hands all sessions that have not expired over to a store that has the same table. Gives how many had. */
  handOver(
    nowMs: number,
    adopt: (entry: number, deadlineMs: number, active: boolean) => void,
  ): number {
    const { table } = this.#options;
    let expired = 0;
    table.visitAll((entry) => {
      const inRow = table.rows.deadlines.get(entry);
      const deadlineMs = deadlineOf(inRow);
      if (isExpired(deadlineMs, nowMs)) {
        table.remove(entry);
        expired++;
      } else {
        adopt(entry, deadlineMs, isActive(inRow));
      }
    });
    return expired;
  }

  #find(slot: number, id: string): number | undefined {
    return this.#options.table.find(this.#slotWithin(slot), id);
  }

  #set(slot: number, id: string, value: string, deadline: number): void {
    const { table } = this.#options;
    const before = this.#find(slot, id);
    const entry = before ?? table.add(this.#slotWithin(slot), id, value);
    if (entry === undefined || (before !== undefined && !table.replace(entry, value))) {
      throw noMemory();
    }
    table.rows.deadlines.set(entry, deadline);
  }

  #setDeadline(slot: number, id: string, deadline: number): void {
    const entry = this.#find(slot, id);
    if (entry !== undefined) this.#options.table.rows.deadlines.set(entry, deadline);
  }

  /** A snapshot may have more of the value than was there when this was written. */
  #amend(slot: number, id: string, from: number, addition: string): void {
    const { table } = this.#options;
    const entry = this.#find(slot, id);
    if (entry === undefined) return;
    const length = table.valueBytesOf(entry);
    // Only a repair can have left out what was there.
    if (length < from) return;
    const done =
      length === from
        ? table.append(entry, addition)
        : table.replace(entry, table.valueOf(entry).slice(0, from) + addition);
    if (!done) throw noMemory();
  }

  #end(slot: number, id: string): void {
    const entry = this.#find(slot, id);
    if (entry !== undefined) this.#options.table.end(entry);
  }

  #delete(slot: number, id: string): void {
    const entry = this.#find(slot, id);
    if (entry !== undefined) this.#options.table.remove(entry);
  }

  #expire(nowMs: number, beforeMs: number): void {
    const { table } = this.#options;
    table.visitAll((entry) => {
      const deadlineMs = deadlineOf(table.rows.deadlines.get(entry));
      if (isExpired(deadlineMs, nowMs) && !isExpired(deadlineMs, beforeMs)) table.remove(entry);
    });
  }

  /** A process that starts again and again leaves many of these with nothing in between. */
  #start(deadline: number): void {
    if (!this.#hasActive) return;
    this.#hasActive = false;
    const { table } = this.#options;
    const { deadlines } = table.rows;
    table.visitAll((entry) => {
      if (isActive(deadlines.get(entry))) deadlines.set(entry, deadline);
    });
  }

  #slotWithin(slot: number): number {
    return slotWithinShard(slot, this.#options.shards);
  }
}

/** A deadline in a row, of a session that is active. */
export function activeUntil(deadlineMs: number): number {
  return -1 - deadlineMs;
}

export function isActive(inRow: number): boolean {
  return inRow < 0;
}

export function deadlineOf(inRow: number): number {
  return isActive(inRow) ? -1 - inRow : inRow;
}

function noMemory(): SessionStorageError {
  return new SessionStorageError(
    'ERR_STORE_FULL',
    'expected memory for all sessions in the journal, got none',
  );
}
