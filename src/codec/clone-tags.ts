/**
 * The format in which V8 serializes a structured clone, version 15, which Node.js 20 to 26 write. A value is a
 * tag and what it says that follows; lengths and counts are varints of 32 bits, doubles and the units of wide
 * texts are little-endian. Not among the tags: those of older versions, and of memory and modules that are shared.
 */
export const VERSION = 0xff;
export const VERSION_WRITTEN = 15;

/** Before a wide text, to align it. */
export const PADDING = 0x00;
/** In an array, in place of an element. */
export const HOLE = codeOf('-');
export const UNDEFINED = codeOf('_');
export const NULL = codeOf('0');
export const TRUE = codeOf('T');
export const FALSE = codeOf('F');
/** A varint, in zigzag: 0, -1, 1, -2 ... */
export const INT32 = codeOf('I');
export const DOUBLE = codeOf('N');
/** A sign in the lowest bit and the number of bytes above it as a varint, and the bytes of the absolute value. */
export const BIGINT = codeOf('Z');
/** The number of one-byte characters, and they. */
export const TEXT = codeOf('"');
/** The number of bytes, and UTF-16 units. */
export const WIDE_TEXT = codeOf('c');

/** The number of an object that has begun before, counted from 0. */
export const REFERENCE = codeOf('^');
/** Keys and values up to OBJECT_END, and the number of these properties. */
export const OBJECT = codeOf('o');
export const OBJECT_END = codeOf('{');
/** The length, that many elements or holes, properties up to DENSE_END; their number, and the length again. */
export const DENSE_ARRAY = codeOf('A');
export const DENSE_END = codeOf('$');
/** The length, elements and other properties up to SPARSE_END; their number, and the length again. */
export const SPARSE_ARRAY = codeOf('a');
export const SPARSE_END = codeOf('@');
/** Keys and values up to MAP_END, and the number of both. */
export const MAP = codeOf(';');
export const MAP_END = codeOf(':');
/** Elements up to SET_END, and their number. */
export const SET = codeOf("'");
export const SET_END = codeOf(',');
/** Milliseconds as a double. */
export const DATE = codeOf('D');
export const TRUE_OBJECT = codeOf('y');
export const FALSE_OBJECT = codeOf('x');
export const NUMBER_OBJECT = codeOf('n');
export const BIGINT_OBJECT = codeOf('z');
/** A text with its tag. */
export const TEXT_OBJECT = codeOf('s');
/** A pattern as a text with its tag, and the flags as bits of a varint. */
export const REGEXP = codeOf('R');
/** The length, and the bytes. */
export const ARRAY_BUFFER = codeOf('B');
/** The length, the longest length that it may get, and the bytes. */
export const RESIZABLE_BUFFER = codeOf('~');
/** What `CloneSerializer` has written in a way of its own: a number, a length, and bytes. */
export const HOST_OBJECT = codeOf('\\');
/** Error tags up to ERROR_END. */
export const ERROR = codeOf('r');

/** Texts with their tags follow these two. */
export const ERROR_MESSAGE = codeOf('m');
export const ERROR_STACK = codeOf('s');
export const ERROR_END = codeOf('.');

/** Classes of errors by their tags; without one it is `Error`. */
export const ERROR_CLASSES: ReadonlyMap<number, ErrorConstructor> = new Map(
  [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((Class, i) => [
    codeOf('ERFSTU'.charAt(i)),
    Class,
  ]),
);

/** The flags of a RegExp by their bits, from the lowest on. The sixth is none that a pattern can have. */
export const REGEXP_FLAGS = ['g', 'i', 'm', 'y', 'u', 's', undefined, 'd', 'v'];

function codeOf(character: string): number {
  return character.charCodeAt(0);
}
