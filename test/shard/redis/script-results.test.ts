import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ResultHead } from '../../../src/shard/redis/script.js';
import {
  LATER,
  RefusedValueError,
  type ScriptResult,
  Unrenewed,
  unpackResults,
} from '../../../src/shard/redis/script-results.js';

function head(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(number);
  return bytes;
}

function packError(resultHead: number, error: Error): Buffer {
  const message = Buffer.from(error.message);
  return Buffer.concat([head(resultHead), head(message.length), message]);
}

/** As the script packs it. */
function pack(result: ScriptResult): Buffer {
  if (typeof result === 'string') {
    return Buffer.concat([head(result.length), Buffer.from(result, 'latin1')]);
  }
  if (result instanceof RefusedValueError) return packError(ResultHead.REFUSED, result);
  if (result instanceof Error) return packError(ResultHead.ERROR, result);
  if (result instanceof Unrenewed) {
    return Buffer.concat([packError(ResultHead.UNRENEWED, result.refusal), pack(result.value)]);
  }
  if (result === LATER) return head(ResultHead.LATER);
  return head(result === 1 ? ResultHead.DONE : ResultHead.NONE);
}

const oneByteText = fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('latin1'));
const error = fc.string({ unit: 'grapheme' }).map((message) => new Error(message));
const result: fc.Arbitrary<ScriptResult> = fc.oneof(
  oneByteText,
  fc.constantFrom(1, null, LATER),
  error,
  error.map(({ message }) => new RefusedValueError(message)),
  fc.tuple(fc.option(oneByteText), error).map(([value, refusal]) => new Unrenewed(value, refusal)),
);
const isRefused = (value: ScriptResult) => value instanceof RefusedValueError;
const messageOf = (value: ScriptResult): unknown => {
  if (value instanceof Unrenewed) return [value.value, value.refusal.message];
  return value instanceof Error ? value.message : value;
};

describe('results of the script', () => {
  it('any, packed and unpacked: the same', () => {
    fc.assert(
      fc.property(fc.array(result), (results) => {
        const unpacked = unpackResults(Buffer.concat(results.map(pack)), results.length);
        assert.deepEqual(unpacked.map(messageOf), results.map(messageOf));
        assert.deepEqual(unpacked.map(isRefused), results.map(isRefused));
        for (const value of unpacked) {
          if (value instanceof Error) assert.equal(value.name, 'ReplyError');
        }
      }),
    );
  });

  it('a reply that is cut off or too long, or has another number of results: an error', () => {
    const expected = {
      name: 'ReplyError',
      message: /^expected the results of \d+ operations, got /,
    };
    fc.assert(
      fc.property(fc.array(result, { minLength: 1 }), (results) => {
        const { length } = results;
        const packed = Buffer.concat(results.map(pack));
        for (let end = 0; end < packed.length; end++) {
          assert.throws(() => unpackResults(packed.subarray(0, end), length), expected);
        }
        const longer = Buffer.concat([packed, Buffer.alloc(1)]);
        assert.throws(() => unpackResults(longer, length), expected);
        assert.throws(() => unpackResults(packed, length - 1), expected);
        assert.throws(() => unpackResults(packed, length + 1), expected);
      }),
    );
  });

  it('a length below 0, and anything but bytes: an error', () => {
    const wrong = Buffer.concat([head(ResultHead.ERROR), head(-4)]);
    for (const reply of [wrong, head(-7), head(-2_147_483_648), null, 'text', ['a'], 1]) {
      assert.throws(() => unpackResults(reply, 1), { name: 'ReplyError' }, String(reply));
    }
  });
});
