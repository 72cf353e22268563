import { restoreTemporal } from './temporal.js';

type ViewClass = new (buffer: ArrayBuffer) => ArrayBufferView;

/** The position in this list is stored: append only. */
export const VIEW_NAMES = [
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'DataView',
  'BigInt64Array',
  'BigUint64Array',
  // Not on every Node.js.
  'Float16Array',
];

export const VIEW_CLASSES = VIEW_NAMES.map(
  (name) => (globalThis as unknown as Record<string, ViewClass | undefined>)[name],
);

/** Numbers from here on stand for classes of Temporal, and not of views. */
export const TEMPORAL_NUMBER_MIN = 64;

/** The view or Temporal object that was stored as `number` and `bytes`. It shares no memory with them. */
export function restoreHostObject(number: number, bytes: Buffer): object {
  if (number >= TEMPORAL_NUMBER_MIN) {
    return restoreTemporal(number - TEMPORAL_NUMBER_MIN, bytes.toString('latin1'));
  }
  return new (viewClassOf(number))(new Uint8Array(bytes).buffer);
}

function viewClassOf(number: number): ViewClass {
  const View = VIEW_CLASSES[number];
  if (View !== undefined) return View;
  const name = VIEW_NAMES[number];
  throw new TypeError(
    name === undefined
      ? `expected the number of a view class, got ${number}`
      : `${name}: expected a Node.js that has it (24 or later), got ${process.version}`,
  );
}
