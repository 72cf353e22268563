/**
 * The format of plain values: a tag, and what it says that follows. Lengths are one byte, or
 * LONG_LENGTH and four bytes; all numbers are little-endian. A tag below SHORT_TEXT is that number
 * itself, and one from SHORT_TEXT to SHORT_TEXT + SHORT_TEXT_LENGTH_MAX stands before a text of that
 * many one-byte characters. The tags are stored: append only.
 */
export const SHORT_TEXT = 0x40;
export const SHORT_TEXT_LENGTH_MAX = 0x3f;

export const UNDEFINED = 0x80;
export const NULL = 0x81;
export const FALSE = 0x82;
export const TRUE = 0x83;
export const INT8 = 0x84;
export const INT16 = 0x85;
export const INT32 = 0x86;
export const FLOAT64 = 0x87;
export const BIGINT64 = 0x88;
/** A text of one-byte characters: its length, and they. */
export const TEXT = 0x89;
/** A text in UTF-16 units, as they are: its length in bytes, and they. */
export const WIDE_TEXT = 0x8a;
/** Milliseconds as FLOAT64. */
export const DATE = 0x8b;
export const BYTES = 0x8c;
/** The number of elements, and they. */
export const ARRAY = 0x8d;
export const SET = 0x8e;
/** The number of entries, and for each of them key and value. */
export const MAP = 0x8f;
/** A text and a value for each own property, up to END. */
export const RECORD = 0x90;
export const END = 0x91;
/** The index of the class, and as a text of one-byte characters what it was made of: a length, and they. */
export const TEMPORAL = 0x92;

/** In place of a length of one byte. */
export const LONG_LENGTH = 0xff;

/** Levels of objects in objects; the reader needs more stack for each than the writer does. */
export const DEPTH_MAX = 64;
