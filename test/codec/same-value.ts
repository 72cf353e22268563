import assert from 'node:assert/strict';
import { isDeepStrictEqual, types } from 'node:util';
import { temporalContents } from './temporals.js';

/**
 * Asserts that two values cannot be told apart, in what `deepStrictEqual` does not look at either:
 * which objects are one and the same, the order of own keys and of the entries of Maps and Sets, what
 * kind of property each is, `lastIndex`, and the name, message, stack and cause of errors. Of views
 * the bytes that they show are compared, and not the memory behind them; of Temporal objects all fields.
 */
export function assertSameValue(actual: unknown, expected: unknown): void {
  new Comparison().compare(actual, expected, 'value');
  if (canBeDeepEqual(expected)) assert.deepStrictEqual(actual, expected);
}

/**
 * The same for values of which one has a Temporal.Instant wherever the other one has the valid Date of that time.
 */
export function assertSameButForInstants(actual: unknown, expected: unknown): void {
  new Comparison(true).compare(actual, expected, 'value');
}

/** Not so on Node.js 20 for invalid dates, and on later ones for an error among its own causes. */
function canBeDeepEqual(value: unknown): boolean {
  try {
    return isDeepStrictEqual(structuredClone(value), value);
  } catch {
    return false;
  }
}

class Comparison {
  readonly #actualOf = new Map<object, object>();
  readonly #expectedOf = new Map<object, object>();
  readonly #hasInstants: boolean;

  constructor(hasInstants = false) {
    this.#hasInstants = hasInstants;
  }

  compare(actual: unknown, expected: unknown, path: string): void {
    if (!isObject(actual) || !isObject(expected)) {
      assert(Object.is(actual, expected), `${path}: ${show(actual)} is not ${show(expected)}`);
      return;
    }
    const known = this.#actualOf.get(expected);
    assert.equal(known, this.#expectedOf.has(actual) ? actual : undefined, `${path}: identity`);
    if (known !== undefined) return;
    this.#actualOf.set(expected, actual);
    this.#expectedOf.set(actual, expected);
    this.#compareObjects(actual, expected, path);
  }

  #compareObjects(actual: object, expected: object, path: string): void {
    if (this.#hasInstants && types.isDate(expected) && !Number.isNaN(expected.getTime())) {
      assert.equal(Reflect.get(actual, 'epochMilliseconds'), expected.getTime(), path);
      return;
    }
    const prototype = Object.getPrototypeOf(expected);
    assert.equal(Object.getPrototypeOf(actual), prototype, `${path}: prototype`);
    this.#compareProperties(actual, expected, path);
    assert.deepEqual(temporalContents(actual), temporalContents(expected), path);
    if (types.isMap(expected)) {
      this.compareLists([...(actual as typeof expected)].flat(), [...expected].flat(), path);
    } else if (types.isSet(expected)) {
      this.compareLists([...(actual as typeof expected)], [...expected], path);
    } else if (ArrayBuffer.isView(expected)) {
      assert.deepEqual(bytesShown(actual as typeof expected), bytesShown(expected), path);
    } else if (types.isArrayBuffer(expected)) {
      assert.deepEqual(new Uint8Array(actual as ArrayBuffer), new Uint8Array(expected), path);
      assert.equal(limitOf(actual), limitOf(expected), `${path}: maxByteLength`);
    } else if (types.isDate(expected) || types.isBoxedPrimitive(expected)) {
      assert(Object.is(actual.valueOf(), expected.valueOf()), `${path}: value`);
    } else if (types.isRegExp(expected)) {
      assert.equal(String(actual), String(expected), path);
    }
  }

  #compareProperties(actual: object, expected: object, path: string): void {
    if (ArrayBuffer.isView(expected)) return;
    const keys = Reflect.ownKeys(expected);
    assert.deepEqual(Reflect.ownKeys(actual), keys, `${path}: keys and their order`);
    for (const key of keys) {
      const { value: actualValue, get: actualGet, ...actualHow } = propertyOf(actual, key);
      const { value, get, ...how } = propertyOf(expected, key);
      assert.deepEqual(actualHow, how, `${path}.${String(key)}: property`);
      // On some Node.js the stack of an error is an accessor.
      if (get === undefined) this.compare(actualValue, value, `${path}.${String(key)}`);
      else assert.equal(actualGet?.call(actual), get.call(expected), `${path}.${String(key)}`);
    }
  }

  compareLists(actual: unknown[], expected: unknown[], path: string): void {
    assert.equal(actual.length, expected.length, `${path}: size`);
    for (const [i, part] of expected.entries()) this.compare(actual[i], part, `${path}<${i}>`);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function show(value: unknown): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

function propertyOf(object: object, key: string | symbol): PropertyDescriptor {
  return Object.getOwnPropertyDescriptor(object, key) as PropertyDescriptor;
}

function bytesShown({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function limitOf(buffer: object): number | undefined {
  return (buffer as { maxByteLength?: number }).maxByteLength;
}
