import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  BODY_HEADER_BYTES,
  bodyBytesMax,
  type JournalRecord,
  RecordKind,
  readBody,
  writeBody,
} from '../../../src/shard/journal/journal-record.js';

const latin1 = fc
  .uint8Array({ maxLength: 300 })
  .map((bytes) => Buffer.from(bytes).toString('latin1'));
const anyRecord: fc.Arbitrary<JournalRecord> = fc.record(
  {
    kind: fc.constantFrom(...Object.values(RecordKind)),
    slot: fc.nat(1023),
    argument: fc.oneof(fc.nat(), fc.constant(Number.MAX_SAFE_INTEGER)),
    id: fc.oneof(latin1, fc.string({ unit: 'binary', maxLength: 1024 }), fc.constant('\ud800')),
    value: latin1,
  },
  { noNullPrototype: true },
);

function write({ kind, slot, argument, id, value }: JournalRecord, at: number): [Buffer, number] {
  const bytes = Buffer.alloc(at + bodyBytesMax(id, value), 0xee);
  return [bytes, writeBody(bytes, at, kind, slot, argument, id, value)];
}

test('writeBody, readBody: any record comes back, wherever it lies', () => {
  fc.assert(
    fc.property(anyRecord, fc.nat(20), (record, at) => {
      const [bytes, end] = write(record, at);
      assert.deepEqual(readBody(bytes, at, end), record);
    }),
  );
});

test('readBody: bytes that are no body are undefined', () => {
  const [bytes, end] = write(
    { kind: RecordKind.SET, slot: 1, argument: 2, id: 'id', value: 'v' },
    0,
  );
  const changed = (at: number, byte: number): Buffer => Buffer.from(bytes).fill(byte, at, at + 1);
  assert.equal(readBody(bytes, 0, BODY_HEADER_BYTES - 1), undefined);
  assert.equal(readBody(changed(0, 0), 0, end), undefined);
  assert.equal(readBody(changed(0, 99), 0, end), undefined);
  assert.equal(readBody(changed(1, 2), 0, end), undefined);
  assert.equal(readBody(changed(4, 4), 0, end), undefined);
});

test('writeBody: a value that there is no room for is a defect of the caller', () => {
  const [bytes] = write({ kind: RecordKind.SET, slot: 0, argument: 0, id: 'id', value: '12' }, 0);
  assert.throws(
    () => writeBody(bytes, 0, RecordKind.SET, 0, 0, 'id', 'a value too long'.repeat(9)),
    /room/,
  );
});
