import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeValues, encodeValues } from '../../src/codec/value-codec.js';
import type { ValueSource } from '../../src/codec/value-source.js';
import { anyRecipe, build, commonRecipe } from './any-value.js';
import { assertSameButForInstants, assertSameValue } from './same-value.js';
import { temporalClass } from './temporals.js';

const HEAD_BYTES = 13;

/** What came of `values`, in memory of their own and with the encoding's byte after `HEAD_BYTES`. */
export function encoded(...values: unknown[]): Buffer {
  const { bytes, length } = encodeValues(values, HEAD_BYTES);
  return Buffer.from(bytes.subarray(0, length));
}

/** Without the head, which nobody has filled. */
export function valuesIn(bytes: Buffer): Buffer {
  return bytes.subarray(HEAD_BYTES);
}

export function isPlain(bytes: Buffer): boolean {
  return bytes[HEAD_BYTES] === 1;
}

/** Decodes in the middle of other bytes. */
export function decoded(bytes: Buffer): unknown[] {
  const stored = `${'\xee'.repeat(100)}${bytes.toString('latin1')}${'\xee'.repeat(200)}`;
  return readAll(decodeValues(stored, 100 + HEAD_BYTES, 100 + bytes.length));
}

export function readAll(source: ValueSource): unknown[] {
  const values: unknown[] = [];
  while (source.left > 0) values.push(source.next());
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

/** Trees of common types; nearly all of them are plain. */
export function assertCommonValuesComeBack(numRuns: number): void {
  let plain = 0;
  const property = fc.property(commonRecipe, commonRecipe, (one, other) => {
    if (assertAllComeBack([build(one), build(other)])) plain++;
  });
  fc.assert(property, { numRuns, includeErrorInReport: true });
  assert(plain > numRuns / 3, `${plain} of ${numRuns} plain`);
}

/** All types, in one list with references to the same objects. */
export function assertAnyValuesComeBack(numRuns: number): void {
  let plain = 0;
  const property = fc.property(anyRecipe, anyRecipe, (one, other) => {
    const values = [build(one), build(other)];
    if (assertAllComeBack([...values, values])) plain++;
  });
  fc.assert(property, { numRuns, includeErrorInReport: true });
  assert(plain > 0 && plain < numRuns / 3, `${plain} of ${numRuns} plain`);
}

/** Whether they were plain. */
function assertAllComeBack(values: unknown[]): boolean {
  const expected = cloneOrUndefined(values);
  if (expected === undefined) {
    assert.throws(() => encoded(...values));
    return false;
  }
  const bytes = encoded(...values);
  assertSameValue(decoded(bytes), expected);
  assertSameValue(structuredClone(values), expected);
  return isPlain(bytes);
}

/** All types, with a Temporal.Instant in place of each valid date, shared and cyclic as the others. */
export function assertAnyInstantsComeBack(numRuns: number): void {
  const Instant = temporalClass('Instant');
  const makeDate = (unixMs: number) =>
    Number.isNaN(unixMs) ? new Date(unixMs) : Instant.fromEpochMilliseconds(unixMs);
  const property = fc.property(anyRecipe, anyRecipe, (one, other) => {
    // In one place, which the stacks of errors tell.
    const [values, dated] = [makeDate, undefined].map((make) => [
      build(one, [], make),
      build(other, [], make),
    ]) as [unknown[], unknown[]];
    const expected = cloneOrUndefined(dated);
    if (expected === undefined) return;
    assertSameButForInstants(decoded(encoded(...values)), expected);
  });
  fc.assert(property, { numRuns, includeErrorInReport: true });
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
