import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IdKey } from '../../src/shard/id-key.js';
import * as record from '../../src/shard/record.js';

const UUID = '01234567-89ab-cdef-fedc-ba9876543210';

function keyOf(id: string): IdKey {
  const key = new IdKey();
  key.read(id);
  return key;
}

function recordOf(id: string): Int32Array {
  const words = new Int32Array(600);
  record.writeRecord(words, 2, 7, record.unitsFor(512, 0));
  record.setOrigin(words, 2, 1_023, keyOf(id));
  return words;
}

test('record is that of its id and of no other, even if the hashes were the same', () => {
  const ids = [
    '',
    'a',
    'b',
    'abcd1',
    'abcd2',
    'Ā',
    UUID,
    UUID.replace('0', '1'),
    'x'.repeat(1_024),
  ];
  for (const id of ids) {
    const words = recordOf(id);
    for (const other of ids) {
      assert.equal(record.isRecordOf(words, 2, keyOf(other)), id === other, `${id} and ${other}`);
    }
  }
});

test('fields of a record do not touch each other', () => {
  const words = recordOf('\uffff'.repeat(1_024));
  const { hash } = record.originOf(words, 2);
  record.setNext(words, 2, 123_456_789);
  record.setValueBytes(words, 2, 65_535);
  record.setEnded(words, 2, true);
  assert.deepEqual(record.originOf(words, 2), { slot: 1_023, hash });
  assert.equal(record.entryOf(words, 2), 7);
  assert.equal(record.nextOf(words, 2), 123_456_789);
  assert.equal(record.idWordsOf(words, 2), 512);
  assert.equal(record.unitsOf(words, 2), record.unitsFor(512, 0));
  assert.equal(record.valueBytesOf(words, 2), 65_535);
  assert.equal(record.isEnded(words, 2), true);
  record.setEnded(words, 2, false);
  assert.equal(record.isEnded(words, 2), false);
  assert.equal(record.valueEnd(words, 2) - record.valueStart(words, 2), 65_535);
});
