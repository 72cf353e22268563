import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SessionTable } from '../../src/shard/session-table.js';

const SLOTS = 2;
const SEGMENT_BYTES = 2 ** 16;
const UUID = '01234567-89ab-cdef-fedc-ba9876543210';

/** Of every form, and some that look like another. */
const IDS = [
  'a',
  'b',
  'a\0',
  'Ā',
  'aĀ',
  '\0',
  'x'.repeat(1_024),
  '\ud800'.repeat(1_024),
  UUID,
  UUID.toUpperCase(),
  UUID.replaceAll('0', 'a'),
  ...Array.from({ length: 40 }, (_, i) => `session ${i}`),
];

export type TableStep =
  | { kind: 'set' | 'append'; id: string; length: number }
  | { kind: 'remove' | 'end'; id: string }
  | { kind: 'clear' };

interface ModelSession {
  value: string;
  ended: boolean;
}

/** A table with small segments beside a plain Map. */
export class TableModel {
  buffersLeft = Number.POSITIVE_INFINITY;
  readonly #table: SessionTable;
  readonly #sessions = new Map<string, ModelSession>();
  #steps = 0;

  constructor() {
    this.#table = new SessionTable({
      slots: SLOTS,
      segmentBytes: SEGMENT_BYTES,
      allocate: (bytes) => {
        if (this.buffersLeft === 0) throw new RangeError('Array buffer allocation failed');
        this.buffersLeft--;
        return new ArrayBuffer(bytes);
      },
    });
  }

  static anySteps(): fc.Arbitrary<TableStep[]> {
    const id = fc.constantFrom(...IDS);
    // Within a record, in pieces, and beyond a segment.
    const length = fc.oneof(
      fc.constant(0),
      fc.nat(300),
      fc.integer({ min: 500, max: 6_000 }),
      fc.nat(3 * SEGMENT_BYTES),
    );
    const kind = <Kind extends TableStep['kind']>(name: Kind) => fc.constant(name);
    const step: fc.Arbitrary<TableStep> = fc.oneof(
      { weight: 30, arbitrary: fc.record({ kind: kind('set'), id, length }) },
      { weight: 20, arbitrary: fc.record({ kind: kind('append'), id, length }) },
      { weight: 10, arbitrary: fc.record({ kind: kind('remove'), id }) },
      { weight: 2, arbitrary: fc.record({ kind: kind('end'), id }) },
      { weight: 1, arbitrary: fc.record({ kind: kind('clear') }) },
    );
    return fc.array(step, { minLength: 1, maxLength: 120, size: 'max' });
  }

  apply(step: TableStep): void {
    this.#steps++;
    const hasMemory = this.buffersLeft === Number.POSITIVE_INFINITY;
    if (step.kind === 'clear') this.#clear();
    else if (step.kind === 'set') this.#set(step.id, this.#text(step.length));
    else if (step.kind === 'append') this.#append(step.id, this.#text(step.length));
    else this.#removeOrEnd(step.kind, step.id);
    if (hasMemory) this.checkMemory();
  }

  check(): void {
    for (const id of IDS) {
      const entry = this.#find(id);
      const session = this.#sessions.get(id);
      assert.equal(entry === undefined, session === undefined, id);
      if (entry === undefined || session === undefined) continue;
      assert.equal(this.#table.valueOf(entry), session.value);
      assert.equal(this.#table.bytesOf(entry), this.#table.bytesOfNew(id, session.value));
      assert.equal(this.#table.canAppend(entry, ''), !session.ended);
    }
    const bytes = [...this.#sessions].map(([id, { value }]) => this.#table.bytesOfNew(id, value));
    const sum = bytes.reduce((before, each) => before + each, 0);
    assert.deepEqual([this.#table.size, this.#table.bytes], [this.#sessions.size, sum]);
  }

  checkMemory(): void {
    const { taken, live } = this.#table.recordBytes;
    assert(taken <= (8 / 7) * live + 7 * SEGMENT_BYTES, `${taken} for ${live}`);
    let least = 0;
    for (const [id, { value }] of this.#sessions) least += Math.min(16, id.length) + value.length;
    // Records have room to grow, for an eighth of their values.
    assert(live >= least && live <= 1.25 * least + 3_000 * this.#sessions.size, `${live} live`);
  }

  /** Removes all, and then nothing is left. */
  checkEnd(): void {
    for (const id of this.#sessions.keys()) {
      const entry = this.#find(id);
      assert(entry !== undefined);
      this.#table.remove(entry);
    }
    assert.deepEqual([this.#table.size, this.#table.bytes], [0, 0]);
    assert.equal(this.#table.recordBytes.live, 0);
  }

  /** Different in each step, at every place. */
  #text(length: number): string {
    const part = `${this.#steps}.`;
    return part.repeat(Math.ceil(length / part.length)).slice(0, length);
  }

  #find(id: string): number | undefined {
    return this.#table.find(id.length % SLOTS, id);
  }

  #clear(): void {
    this.#table.clear();
    this.#sessions.clear();
  }

  #set(id: string, value: string): void {
    const entry = this.#find(id);
    const stored =
      entry === undefined
        ? this.#table.add(id.length % SLOTS, id, value) !== undefined
        : this.#table.replace(entry, value);
    if (this.buffersLeft > 0) assert(stored, 'there is memory');
    if (stored) this.#sessions.set(id, { value, ended: false });
  }

  #append(id: string, addition: string): void {
    const entry = this.#find(id);
    const session = this.#sessions.get(id);
    if (entry === undefined || session === undefined) return;
    assert.equal(this.#table.canAppend(entry, addition), !session.ended);
    if (session.ended || !this.#table.append(entry, addition)) return;
    session.value += addition;
  }

  #removeOrEnd(kind: 'remove' | 'end', id: string): void {
    const entry = this.#find(id);
    const session = this.#sessions.get(id);
    if (entry === undefined || session === undefined) return;
    if (kind === 'remove') {
      this.#table.remove(entry);
      this.#sessions.delete(id);
    } else {
      this.#table.end(entry);
      session.ended = true;
    }
  }
}
