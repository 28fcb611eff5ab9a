/** What the first byte of a value says, in the bytes of `writer.ts`. Small numbers, texts, lists and objects are their own tags. */

/** 0x00–0x7f: the number itself. */
export const SMALL_INT = 0x80
/** 0x80–0x8f: an object with so many fields; each one is its length and text, then the value. */
export const SMALL_OBJECT = 0x80
/** 0x90–0x9f: a list of so many. */
export const SMALL_LIST = 0x90
/** 0xa0–0xbf: ASCII of so many bytes. */
export const SMALL_TEXT = 0xa0
/** 0xe0–0xff: -32 to -1. */
export const NEGATIVE_INT = 0xe0

/** Lengths and counts that follow are LEB128; numbers are little-endian. */
export const TAG = {
  null: 0xc0,
  undefined: 0xc1,
  false: 0xc2,
  true: 0xc3,
  /** A place of a list that nothing was ever put to. */
  hole: 0xc4,
  uint8: 0xc5,
  int16: 0xc6,
  int32: 0xc7,
  double: 0xc8,
  /** Length, then the magnitude in hexadecimal digits. */
  bigint: 0xc9,
  negativeBigint: 0xca,
  utf8: 0xcb,
  /** Text that is not well-formed Unicode. */
  utf16: 0xcc,
  list: 0xcd,
  object: 0xce,
  /** An object without a prototype. */
  bareObject: 0xcf,
  map: 0xd0,
  set: 0xd1,
  date: 0xd2,
  arrayBuffer: 0xd3,
  /** A `Buffer` of Node.js: it has methods that a `Uint8Array` has not. */
  buffer: 0xd4,
  /** A byte that says of which kind, see {@link ARRAY_KINDS}, then length and bytes. */
  typedArray: 0xd5,
  /** The values of `engine/value.ts` that are classes. */
  float: 0xd6,
  name: 0xd7,
  tagged: 0xd8,
} as const

/** Kinds of typed arrays: the position is what is kept, so the order never changes. */
export const ARRAY_KINDS = [
  'Uint8Array',
  'Int8Array',
  'Uint8ClampedArray',
  'Uint16Array',
  'Int16Array',
  'Uint32Array',
  'Int32Array',
  'Float32Array',
  'Float64Array',
  'BigUint64Array',
  'BigInt64Array',
] as const

/** Levels of lists, maps and objects: what is deeper contains itself, or exhausts the stack. */
export const MAX_LEVELS = 1000
