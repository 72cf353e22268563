import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameBuffer } from '../../../src/shard/journal/frame-buffer.js';
import { RecordKind } from '../../../src/shard/journal/journal-record.js';

function createBuffer(): FrameBuffer {
  return new FrameBuffer({ checksumStart: 0, seal: undefined });
}

/** What is to be written, and is then dropped. */
function taken(buffer: FrameBuffer): Buffer {
  const bytes = Buffer.from(buffer.bytes.subarray(buffer.start, buffer.start + buffer.length));
  buffer.drop(bytes.length);
  return bytes;
}

test('buffer that is released: has no memory until something is appended, which is as ever', () => {
  const released = createBuffer();
  released.append(1, RecordKind.SET, 5, 6, 'id', 'x'.repeat(100_000));
  taken(released);
  released.release();
  assert.deepEqual([released.length, released.bytes.length], [0, 0]);
  const other = createBuffer();
  for (const buffer of [released, other]) buffer.append(2, RecordKind.SET, 5, 6, 'id', 'value');
  assert.deepEqual(taken(released), taken(other));
});

test('buffer that is released with something in it: keeps it', () => {
  const buffer = createBuffer();
  const other = createBuffer();
  for (const one of [buffer, other]) one.append(1, RecordKind.SET, 5, 6, 'id', 'value');
  buffer.release();
  assert.deepEqual(taken(buffer), taken(other));
});
