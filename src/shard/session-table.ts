import { constants } from 'node:buffer';
import { NumberColumn, StringColumn } from './column.js';
import { bytesOfAddition, bytesOfSession } from './session-bytes.js';

// What is special about a value. Columns start as 0.
const PLAIN = 0;
const AMENDED = 1;
const ENDED = 2;

/**
 * Sessions on the shard's heap, and the bytes that they take. Each has an entry number; the Map of its
 * slot leads from the id to the entry, columns hold the rest. So the garbage collector sees a few
 * large arrays and not millions of objects.
 */
export class SessionTable {
  readonly #slots: Map<string, number>[];
  readonly #ids = new StringColumn();
  readonly #values = new StringColumn();
  readonly #slotOfEntry = new NumberColumn(Uint16Array);
  readonly #bytesOfEntry = new NumberColumn(Int32Array);
  readonly #flags = new NumberColumn(Uint8Array);
  // What was added to values that are AMENDED. Looking at a value that grows would copy it each time.
  readonly #additions = new Map<number, string>();
  readonly #freeEntries: number[] = [];
  #entryEnd = 0;
  #bytes = 0;

  constructor(slots: number) {
    this.#slots = Array.from({ length: slots }, () => new Map());
  }

  get size(): number {
    return this.#entryEnd - this.#freeEntries.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  bytesOf(entry: number): number {
    return this.#bytesOfEntry.get(entry);
  }

  find(slot: number, id: string): number | undefined {
    return this.#mapOf(slot).get(id);
  }

  /** Adds a session whose id is not in the table. */
  add(slot: number, id: string, value: string, bytes: number): number {
    const entry = this.#freeEntries.pop() ?? this.#newEntry();
    this.#mapOf(slot).set(id, entry);
    this.#ids.set(entry, id);
    this.#values.set(entry, value);
    this.#slotOfEntry.set(entry, slot);
    this.#setBytes(entry, bytes);
    return entry;
  }

  remove(entry: number): void {
    this.#mapOf(this.#slotOfEntry.get(entry)).delete(this.#ids.get(entry));
    this.#forgetAdditions(entry);
    this.#ids.set(entry, '');
    this.#values.set(entry, '');
    this.#setBytes(entry, 0);
    this.#freeEntries.push(entry);
  }

  replace(entry: number, value: string, bytes: number): void {
    this.#forgetAdditions(entry);
    this.#values.set(entry, value);
    this.#setBytes(entry, bytes);
  }

  /** The value with what was added to it, in one again. */
  valueOf(entry: number): string {
    if ((this.#flags.get(entry) & AMENDED) !== 0) this.#join(entry);
    return this.#values.get(entry);
  }

  startsWith(entry: number, valueHead: string): boolean {
    return this.#values.get(entry).startsWith(valueHead);
  }

  /** False if nothing may be appended any more, or the value would become too long for a string. */
  canAppend(entry: number, addition: string): boolean {
    if ((this.#flags.get(entry) & ENDED) !== 0) return false;
    return this.#lengthOf(entry) + addition.length <= constants.MAX_STRING_LENGTH;
  }

  bytesToAppend(entry: number, addition: string): number {
    return bytesOfAddition(this.#lengthOf(entry), addition);
  }

  append(entry: number, addition: string, bytes: number): void {
    this.#additions.set(entry, (this.#additions.get(entry) ?? '') + addition);
    this.#flags.set(entry, this.#flags.get(entry) | AMENDED);
    this.#setBytes(entry, this.bytesOf(entry) + bytes);
  }

  /** Nothing may be appended to the value any more, until it is replaced. */
  end(entry: number): void {
    this.#flags.set(entry, this.#flags.get(entry) | ENDED);
  }

  clear(): void {
    for (const map of this.#slots) map.clear();
    this.#ids.clear();
    this.#values.clear();
    this.#slotOfEntry.clear();
    this.#bytesOfEntry.clear();
    this.#flags.clear();
    this.#additions.clear();
    this.#freeEntries.length = 0;
    this.#entryEnd = 0;
    this.#bytes = 0;
  }

  /** `slot` counts within the shard, so there is a Map for it. */
  #mapOf(slot: number): Map<string, number> {
    return this.#slots[slot] as Map<string, number>;
  }

  #newEntry(): number {
    const entry = this.#entryEnd++;
    this.#ids.reach(entry);
    this.#values.reach(entry);
    this.#slotOfEntry.reach(entry);
    this.#bytesOfEntry.reach(entry);
    this.#flags.reach(entry);
    return entry;
  }

  #lengthOf(entry: number): number {
    return this.#values.get(entry).length + (this.#additions.get(entry)?.length ?? 0);
  }

  #setBytes(entry: number, bytes: number): void {
    this.#bytes += bytes - this.#bytesOfEntry.get(entry);
    this.#bytesOfEntry.set(entry, bytes);
  }

  #join(entry: number): void {
    const value = this.#values.get(entry) + (this.#additions.get(entry) ?? '');
    this.#additions.delete(entry);
    this.#flags.set(entry, this.#flags.get(entry) & ~AMENDED);
    this.#values.set(entry, value);
    this.#setBytes(entry, bytesOfSession(this.#ids.get(entry), value));
  }

  #forgetAdditions(entry: number): void {
    const flags = this.#flags.get(entry);
    if (flags === PLAIN) return;
    if ((flags & AMENDED) !== 0) this.#additions.delete(entry);
    this.#flags.set(entry, PLAIN);
  }
}
