import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeValues, encodeValues } from '../../src/codec/value-codec.js';
import { anyRecipe, build, commonRecipe } from './any-value.js';
import { assertSameValue } from './same-value.js';

const HEAD_BYTES = 13;

/** What came of `values`, in memory of their own and with the encoding's byte after `HEAD_BYTES`. */
export function encoded(...values: unknown[]): Buffer {
  return Buffer.from(encodeValues(values, HEAD_BYTES));
}

export function isPacked(bytes: Buffer): boolean {
  return bytes[HEAD_BYTES] === 1;
}

/** Decodes in the middle of other bytes, and then overwrites them all. */
export function decoded(bytes: Buffer): unknown[] {
  const memory = Buffer.alloc(bytes.length + 300, 0xee);
  bytes.copy(memory, 100);
  const values = decodeValues(memory, 100 + HEAD_BYTES, 100 + bytes.length);
  memory.fill(0x5a);
  return values;
}

export function roundTrip(value: unknown): unknown {
  const values = decoded(encoded(value));
  assert.equal(values.length, 1);
  return values[0];
}

export function assertComesBack(value: unknown): void {
  assertSameValue(roundTrip(value), structuredClone(value));
}

/** Trees of common types; nearly all of them are packed. */
export function assertCommonValuesComeBack(numRuns: number): void {
  let packed = 0;
  const property = fc.property(commonRecipe, commonRecipe, (one, other) => {
    if (assertAllComeBack([build(one), build(other)])) packed++;
  });
  fc.assert(property, { numRuns, includeErrorInReport: true });
  assert(packed > numRuns / 3, `${packed} of ${numRuns} packed`);
}

/** All types, in one list with references to the same objects. */
export function assertAnyValuesComeBack(numRuns: number): void {
  let packed = 0;
  const property = fc.property(anyRecipe, anyRecipe, (one, other) => {
    const values = [build(one), build(other)];
    if (assertAllComeBack([...values, values])) packed++;
  });
  fc.assert(property, { numRuns, includeErrorInReport: true });
  assert(packed > 0 && packed < numRuns / 3, `${packed} of ${numRuns} packed`);
}

/** Whether they were packed. */
function assertAllComeBack(values: unknown[]): boolean {
  const expected = cloneOrUndefined(values);
  if (expected === undefined) {
    assert.throws(() => encoded(...values));
    return false;
  }
  const bytes = encoded(...values);
  assertSameValue(decoded(bytes), expected);
  assertSameValue(structuredClone(values), expected);
  return isPacked(bytes);
}

/** `undefined` for what is refused: on some Node.js an error among its own causes. */
function cloneOrUndefined<T>(value: T): T | undefined {
  try {
    return structuredClone(value);
  } catch {
    return undefined;
  }
}

/** Encodes and decodes several values in turns; none may disturb another. */
export function assertInterleavedValuesComeBack(numRuns: number): void {
  const recipes = fc.array(fc.oneof(commonRecipe, anyRecipe), { minLength: 2, maxLength: 6 });
  const property = fc.property(recipes, fc.infiniteStream(fc.boolean()), (list, coin) => {
    const values = list.map((recipe) => cloneOrUndefined(build(recipe)));
    const all: Buffer[] = [];
    const back: unknown[] = [];
    while (back.length < values.length) {
      const canEncode = all.length < values.length;
      const canDecode = back.length < all.length;
      if (canEncode && (!canDecode || coin.next().value)) all.push(encoded(values[all.length]));
      else back.push(decoded(all[back.length] as Buffer)[0]);
    }
    for (const [i, value] of values.entries()) assertSameValue(back[i], value);
  });
  fc.assert(property, { numRuns, includeErrorInReport: true });
}
