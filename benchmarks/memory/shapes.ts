import { randomBytes } from 'node:crypto';

/** What the sessions of a run look like. Equal numbers give equal ids. */
export interface Shape {
  id(session: number): string;
  /** A value that is different each time. */
  value(): string;
}

const TEXT = randomBytes(2 ** 21).toString('base64');
const UUID_LENGTH = 36;
const LONG_ID_LENGTH = 1_000;
const MIXED_BITS_MAX = 20;

function valueOfLength(bytes: number): string {
  const start = Math.floor(Math.random() * (TEXT.length - bytes));
  return TEXT.slice(start, start + bytes);
}

function uuidOf(session: number): string {
  return session.toString(36).padStart(UUID_LENGTH, 'u-');
}

/** A different number for each number below 2^32. */
function scramble(number: number): number {
  return Math.imul(number, 0x9e3779b1) >>> 0;
}

const SHAPES = {
  tiny: { id: uuidOf, value: () => valueOfLength(8) },
  typical: { id: uuidOf, value: () => valueOfLength(169) },
  '1k': { id: uuidOf, value: () => valueOfLength(1_000) },
  // Two fit into a page of V8's heap and leave a third of it empty.
  '88k': { id: uuidOf, value: () => valueOfLength(88_000) },
  '1m': { id: uuidOf, value: () => valueOfLength(1_000_000) },
  // Every size up to 1 MB, as many small as large by the power of two: what fragments a heap most.
  mixed: {
    id: uuidOf,
    value: () => valueOfLength(Math.floor(2 ** (Math.random() * MIXED_BITS_MAX))),
  },
  // Ids of 8 to 60 characters in no order, and values of 1 to 400.
  'random-ids': {
    id: (session) =>
      scramble(session)
        .toString(36)
        .padStart(8 + (session % 53), 'random-id'),
    value: () => valueOfLength(1 + Math.floor(Math.random() * 400)),
  },
  'long-ids': {
    id: (session) => session.toString(36).padStart(LONG_ID_LENGTH, 'long-id-'),
    value: () => valueOfLength(169),
  },
} satisfies Record<string, Shape>;

export type ShapeName = keyof typeof SHAPES;

export const SHAPE_NAMES = Object.keys(SHAPES) as ShapeName[];

export function isShapeName(name: string): name is ShapeName {
  return Object.hasOwn(SHAPES, name);
}

export function shapeOf(name: ShapeName): Shape {
  return SHAPES[name];
}
