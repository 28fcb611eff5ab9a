/**
 * The types of a Variant, and their numbers: Godot 3 and 4 give the same numbers to different types, so which of the two
 * speaks must be known before the first byte is read.
 *
 * Source: Godot documentation, "Binary serialization API", 3.x and 4.x; both engines' own output (`test/vectors/godot`).
 */

/** Which engine speaks: its major version. */
export type Dialect = 3 | 4

/** A number inside a type: an engine's `real_t` (4 bytes, or 8 in a build with double precision), or always 4 bytes. */
export type Component = 'real' | 'int32' | 'float32'

/** A type that is so many numbers in a row. */
export interface MathKind {
  readonly component: Component
  readonly count: number
}

export const MATH_KINDS = {
  vector2: { component: 'real', count: 2 },
  vector2i: { component: 'int32', count: 2 },
  rect2: { component: 'real', count: 4 },
  rect2i: { component: 'int32', count: 4 },
  vector3: { component: 'real', count: 3 },
  vector3i: { component: 'int32', count: 3 },
  vector4: { component: 'real', count: 4 },
  vector4i: { component: 'int32', count: 4 },
  transform2d: { component: 'real', count: 6 },
  plane: { component: 'real', count: 4 },
  quaternion: { component: 'real', count: 4 },
  aabb: { component: 'real', count: 6 },
  basis: { component: 'real', count: 9 },
  transform3d: { component: 'real', count: 12 },
  projection: { component: 'real', count: 16 },
  color: { component: 'float32', count: 4 },
} as const satisfies Record<string, MathKind>

/** What the elements of a packed array (in Godot 3: a pool array) are: plain numbers, bytes, texts, or numbers in groups. */
export const PACKED_KINDS = {
  packed_byte: 'byte',
  packed_int32: 'int32',
  packed_int64: 'int64',
  packed_float32: 'float32',
  packed_float64: 'float64',
  packed_string: 'string',
  packed_vector2: 'vector2',
  packed_vector3: 'vector3',
  packed_vector4: 'vector4',
  packed_color: 'color',
} as const

export type MathName = keyof typeof MATH_KINDS
export type PackedName = keyof typeof PACKED_KINDS
export type PackedElement = (typeof PACKED_KINDS)[PackedName]

/** The names of all types, as they stand in `{typed_array, Type, Elements}`. */
export type KindName =
  | 'nil'
  | 'bool'
  | 'int'
  | 'float'
  | 'string'
  | 'string_name'
  | 'node_path'
  | 'rid'
  | 'object'
  | 'callable'
  | 'signal'
  | 'dictionary'
  | 'array'
  | MathName
  | PackedName

/** The type of each number, from 0. */
const NUMBERS: Record<Dialect, readonly KindName[]> = {
  3: [
    ...(['nil', 'bool', 'int', 'float', 'string', 'vector2', 'rect2', 'vector3', 'transform2d', 'plane'] as const),
    ...(['quaternion', 'aabb', 'basis', 'transform3d', 'color', 'node_path', 'rid', 'object', 'dictionary'] as const),
    ...(['array', 'packed_byte', 'packed_int32', 'packed_float32', 'packed_string', 'packed_vector2'] as const),
    ...(['packed_vector3', 'packed_color'] as const),
  ],
  4: [
    ...(['nil', 'bool', 'int', 'float', 'string', 'vector2', 'vector2i', 'rect2', 'rect2i', 'vector3'] as const),
    ...(['vector3i', 'transform2d', 'vector4', 'vector4i', 'plane', 'quaternion', 'aabb', 'basis'] as const),
    ...(['transform3d', 'projection', 'color', 'string_name', 'node_path', 'rid', 'object', 'callable'] as const),
    ...(['signal', 'dictionary', 'array', 'packed_byte', 'packed_int32', 'packed_int64'] as const),
    ...(['packed_float32', 'packed_float64', 'packed_string', 'packed_vector2', 'packed_vector3'] as const),
    ...(['packed_color', 'packed_vector4'] as const),
  ],
}

/** The type with this number, or undefined. */
export function kindOf(dialect: Dialect, number: number): KindName | undefined {
  return NUMBERS[dialect][number]
}

/** The number of this type, or undefined if that engine has none. */
export function numberOf(dialect: Dialect, kind: string): number | undefined {
  const number = NUMBERS[dialect].indexOf(kind as KindName)
  return number < 0 ? undefined : number
}

export function isMathName(kind: string): kind is MathName {
  return Object.hasOwn(MATH_KINDS, kind)
}

export function isPackedName(kind: string): kind is PackedName {
  return Object.hasOwn(PACKED_KINDS, kind)
}

/** Flags in the upper half of the header of a value. */
export const FLAG_64 = 1
/** What the elements of an array, or the keys of a dictionary, are (two bits; values of a dictionary: the next two). */
export const TYPED = { none: 0, kind: 1, class: 2, script: 3 } as const

/** Levels of nesting: what an engine takes is 1024, what the operations of this server take is less. */
export const MAX_DEPTH = 512
