import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type FrameFormat, linkFormat } from '../../../src/shard/journal/frame.js';
import { FrameBuffer } from '../../../src/shard/journal/frame-buffer.js';
import { FrameReader } from '../../../src/shard/journal/frame-reader.js';
import { RecordKind } from '../../../src/shard/journal/journal-record.js';
import { createLinkSeal, createSeal } from '../../../src/shard/journal/seal.js';
import { SimulatedDisk } from '../../twins/simulated-disk.js';

const PLAIN: FrameFormat = { checksumStart: 123, seal: undefined };
const SEALED: FrameFormat = {
  checksumStart: 123,
  seal: createSeal(new Uint8Array(32).fill(1), new Uint8Array(16).fill(2), 'test'),
};
const PATH = '/journal/file';

function readerOf(frames: FrameBuffer, format: FrameFormat): FrameReader {
  const disk = new SimulatedDisk();
  disk.setBytes(
    PATH,
    Buffer.from(frames.bytes.subarray(frames.start, frames.start + frames.length)),
  );
  return new FrameReader(disk.open(PATH), format);
}

describe('FrameReader', () => {
  for (const [name, format] of [
    ['plain', PLAIN],
    ['sealed', SEALED],
  ] as const) {
    it(`${name}: reads what a FrameBuffer holds, values larger than its window included`, () => {
      const frames = new FrameBuffer(format);
      const values = ['', 'short', 'x'.repeat(3_000_000), 'y'.repeat(100_000), 'last'];
      for (const [i, value] of values.entries()) {
        frames.append(i + 1, RecordKind.SET, i, i, `id-${i}`, value);
      }
      const reader = readerOf(frames, format);
      let at = 0;
      for (const [i, value] of values.entries()) {
        const frame = reader.frameAt(at);
        assert.deepEqual([frame?.sequence, frame?.record.id, frame?.start], [i + 1, `id-${i}`, at]);
        assert.ok(frame?.record.value === value);
        at = frame.end;
      }
      assert.equal(at, reader.size);
      assert.equal(reader.frameAt(at), undefined);
    });

    it(`${name}: a frame whose sequence was changed is none`, () => {
      const frames = new FrameBuffer(format);
      frames.append(1, RecordKind.SET, 0, 0, 'id', 'value');
      frames.bytes[10] = 2;
      assert.equal(readerOf(frames, format).frameAt(0), undefined);
    });
  }

  it('frames of another file, with another salt, are none', () => {
    const frames = new FrameBuffer({ checksumStart: 124, seal: undefined });
    frames.append(1, RecordKind.SET, 0, 0, 'id', 'value');
    assert.equal(readerOf(frames, PLAIN).findFrame(0, 1), undefined);
  });

  it('findFrame: finds frames behind anything, of the sequences that are asked for', () => {
    const frames = new FrameBuffer(PLAIN);
    for (let i = 1; i <= 5; i++) frames.append(i, RecordKind.SET, 0, 0, 'id', `value ${i}`);
    const reader = readerOf(frames, PLAIN);
    assert.equal(reader.findFrame(0, 1)?.start, 0);
    const second = reader.findFrame(1, 1);
    assert.equal(second?.sequence, 2);
    assert.equal(reader.findFrame(0, 4)?.sequence, 4);
    assert.equal(reader.findFrame(0, 6), undefined);
    assert.equal(reader.findFrame(reader.size, 1), undefined);
  });

  it('a length that the file does not have ends nothing', () => {
    const frames = new FrameBuffer(PLAIN);
    frames.append(1, RecordKind.SET, 0, 0, 'id', 'value');
    const length = frames.length;
    frames.append(2, RecordKind.SET, 0, 0, 'id', 'value');
    frames.bytes.writeUInt32LE(2 ** 29, 0);
    assert.equal(readerOf(frames, PLAIN).frameAt(0), undefined);
    assert.equal(readerOf(frames, PLAIN).findFrame(0, 1)?.start, length);
  });
});

describe('FrameBuffer', () => {
  it('drop: what was written goes, in parts too; what follows stays as it is', () => {
    const frames = new FrameBuffer(PLAIN);
    frames.append(1, RecordKind.SET, 0, 0, 'id', 'x'.repeat(60_000));
    const whole = Buffer.from(frames.bytes.subarray(0, frames.length));
    frames.drop(50_000);
    frames.append(2, RecordKind.SET, 0, 0, 'id', 'y'.repeat(60_000));
    const { start, length, bytes } = frames;
    const left = whole.length - 50_000;
    assert.deepEqual(bytes.subarray(start, start + left), whole.subarray(50_000));
    frames.drop(length);
    assert.deepEqual([frames.length, frames.start], [0, 0]);
  });

  it('clear: a buffer that was made large is given back', () => {
    const frames = new FrameBuffer(PLAIN);
    frames.append(1, RecordKind.SET, 0, 0, 'id', 'x'.repeat(5_000_000));
    frames.clear();
    assert.ok(frames.bytes.length < 100_000);
  });
});

describe('createSeal', () => {
  const [key, salt] = [new Uint8Array(32).fill(1), new Uint8Array(16).fill(2)];
  const seal = createSeal(key, salt, 'test');

  it('hides a body, and opens it for the same key, salt, purpose and sequence only', () => {
    const bytes = Buffer.alloc(40);
    bytes.write('a secret', 4);
    const end = seal.close(bytes, 4, 12, 9);
    assert.equal(end, 12 + seal.overheadBytes);
    assert.ok(!bytes.toString('latin1').includes('secret'));
    const others = [
      createSeal(new Uint8Array(32).fill(3), salt, 'test'),
      createSeal(key, new Uint8Array(16).fill(4), 'test'),
      createSeal(key, salt, 'another'),
    ];
    for (const other of others) assert.equal(other.open(Buffer.from(bytes), 4, end, 9), undefined);
    assert.equal(seal.open(Buffer.from(bytes), 4, end, 8), undefined);
    assert.equal(seal.open(Buffer.from(bytes), 4, 10, 9), undefined);
    assert.equal(seal.open(bytes, 4, end, 9), 12);
    assert.equal(bytes.toString('latin1', 4, 12), 'a secret');
  });

  it('the same body is never sealed the same way twice', () => {
    const sealed = [1, 2].map((sequence) => {
      const bytes = Buffer.alloc(40, 'x');
      return bytes.subarray(0, seal.close(bytes, 0, 10, sequence)).toString('hex');
    });
    assert.notEqual(sealed[0], sealed[1]);
  });
});

describe('createLinkSeal', () => {
  const KEY = new Uint8Array(32).fill(1);
  const seal = createLinkSeal(KEY, new Uint8Array(16).fill(2));

  it('the same body with the same sequence: another text each time, which opens for the same file only', () => {
    const sealed = [1, 2].map(() => {
      const bytes = Buffer.alloc(60);
      bytes.write('a secret', 4);
      const end = seal.close(bytes, 4, 12, 9);
      assert.equal(end, 12 + seal.overheadBytes);
      return Buffer.from(bytes.subarray(0, end));
    });
    const [first, second] = sealed as [Buffer, Buffer];
    // A key stream that was used twice would give the same text here.
    assert.notDeepEqual(first.subarray(20), second.subarray(20));
    const other = createLinkSeal(KEY, new Uint8Array(16).fill(3));
    for (const bytes of [first, second]) {
      const end = bytes.length;
      assert.equal(other.open(Buffer.from(bytes), 4, end, 9), undefined);
      assert.equal(seal.open(Buffer.from(bytes), 4, end, 8), undefined);
      assert.equal(seal.open(Buffer.from(bytes), 4, 12, 9), undefined);
      assert.equal(seal.open(bytes, 4, end, 9), 12);
      assert.equal(bytes.toString('latin1', 4, 12), 'a secret');
    }
  });

  it('a link in a file that is not encrypted: is no record', () => {
    const frames = new FrameBuffer(linkFormat({ ...SEALED, linkSeal: seal }));
    frames.append(1, RecordKind.CONTINUED, 0, 2, '', '');
    assert.equal(readerOf(frames, PLAIN).frameAt(0), undefined);
    const found = readerOf(frames, { ...SEALED, linkSeal: seal }).frameAt(0);
    assert.deepEqual([found?.record.kind, found?.record.argument], [RecordKind.CONTINUED, 2]);
  });
});
