import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EntryRows } from '../../src/shard/entry-rows.js';
import { HEADER_WORDS, setValueBytes, UNIT_BYTES } from '../../src/shard/record.js';
import { RecordLog } from '../../src/shard/record-log.js';

const SEGMENT_BYTES = 2 ** 12;
/** A sixteenth of a segment. */
const UNITS_MAX = 32;
const UNITS_MIN = 4;

/** What the log promises to take at most. */
function takenBytesMax(liveBytes: number): number {
  return (8 / 7) * liveBytes + 7 * SEGMENT_BYTES;
}

/** A log whose records are full of their entry's own words. */
class LogModel {
  readonly rows = new EntryRows();
  readonly units = new Map<number, number>();
  readonly log: RecordLog;
  segments = 0;
  segmentsMax = Number.POSITIVE_INFINITY;
  workMax = 0;

  constructor() {
    this.log = new RecordLog({
      rows: this.rows,
      segmentBytes: SEGMENT_BYTES,
      allocate: (bytes) => {
        if (this.segments === this.segmentsMax)
          throw new RangeError('Array buffer allocation failed');
        this.segments++;
        return new ArrayBuffer(bytes);
      },
    });
  }

  add(units: number): void {
    const entry = this.rows.take();
    this.log.place(entry, units);
    this.units.set(entry, units);
    const at = this.log.seek(entry);
    const end = at + 2 * units;
    this.log.words.fill(wordOf(entry), at + HEADER_WORDS, end);
    setValueBytes(this.log.words, at, (end - at - HEADER_WORDS) * 4);
    this.log.tidy();
  }

  drop(entry: number): void {
    this.log.drop(entry);
    this.rows.give(entry);
    this.units.delete(entry);
    this.log.tidy();
  }

  /** The `nth` record, counted round and round. */
  nth(nth: number): number | undefined {
    return [...this.units.keys()][nth % this.units.size];
  }

  check(): void {
    for (const [entry, units] of this.units) {
      const at = this.log.seek(entry);
      const words = this.log.words.subarray(at + HEADER_WORDS, at + 2 * units);
      assert(words.every((word) => word === wordOf(entry)));
    }
    this.checkBytes();
  }

  checkBytes(): void {
    let units = 0;
    for (const each of this.units.values()) units += each;
    assert.equal(this.log.liveBytes, units * UNIT_BYTES);
    const { takenBytes } = this.log;
    assert(takenBytes <= takenBytesMax(this.log.liveBytes), `${takenBytes} for ${units} units`);
  }
}

function wordOf(entry: number): number {
  return entry + 1_000;
}

test('log keeps every record, in bounded memory, whatever is added and dropped', () => {
  const units = fc.integer({ min: UNITS_MIN, max: UNITS_MAX });
  const step = fc.oneof(
    fc.record({ add: units, count: fc.nat(200) }),
    fc.record({ drop: fc.nat(), every: fc.nat(5), count: fc.nat(200) }),
  );
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 20 }), (steps) => {
      const model = new LogModel();
      for (const each of steps) {
        for (let i = 0; i < each.count; i++) {
          if ('add' in each) model.add(each.add);
          else {
            const entry = model.nth(each.drop + i * each.every);
            if (entry !== undefined) model.drop(entry);
          }
          model.checkBytes();
        }
        model.check();
      }
    }),
    { numRuns: 100 },
  );
});

test('log whose records nearly all die takes little more than those that are left', () => {
  const model = new LogModel();
  for (let i = 0; i < 10_000; i++) model.add(UNITS_MIN + (i % 20));
  for (const entry of [...model.units.keys()]) if (entry % 50 !== 0) model.drop(entry);
  model.check();
  for (const entry of [...model.units.keys()]) model.drop(entry);
  assert(model.log.takenBytes <= 3 * SEGMENT_BYTES);
});

test('log uses segments again that have run empty', () => {
  const model = new LogModel();
  for (let round = 0; round < 100; round++) {
    for (let i = 0; i < 100; i++) model.add(10);
    for (const entry of [...model.units.keys()]) model.drop(entry);
  }
  assert(model.segments < 800, `${model.segments}`);
});

test('log without memory refuses records, keeps all, and goes on when there is some again', () => {
  const model = new LogModel();
  model.segmentsMax = 5;
  assert.throws(
    () => {
      for (;;) model.add(30);
    },
    { name: 'RangeError' },
  );
  model.check();
  for (const entry of [...model.units.keys()]) if (entry % 3 > 0) model.drop(entry);
  model.check();
  model.segmentsMax = 100;
  for (let i = 0; i < 500; i++) model.add(30);
  model.check();
});

test('log that was cleared takes nothing, and is used on', () => {
  const model = new LogModel();
  for (let i = 0; i < 1_000; i++) model.add(20);
  model.log.clear();
  model.rows.clear();
  model.units.clear();
  assert.deepEqual([model.log.takenBytes, model.log.liveBytes], [0, 0]);
  for (let i = 0; i < 1_000; i++) model.add(20);
  model.check();
});
