/** The plain tree of a schema: everything that a gateway has to know to carry a value, with no trace of zod. */

export type Shape = Leaf | ListShape | ObjectShape | RecordShape | UnionShape | NullableShape

/** What every node may have. */
export interface Described {
  readonly doc?: string
  /** The schema has a rule that the tree does not show: zod checks the whole value once more. */
  readonly refined?: true
}

export type Leaf = Described &
  (
    | { readonly kind: 'integer'; readonly min: number; readonly max: number }
    | { readonly kind: 'float'; readonly min?: number; readonly max?: number }
    | { readonly kind: 'boolean' }
    /** Lengths in bytes of UTF-8. */
    | { readonly kind: 'string'; readonly maxBytes?: number }
    | { readonly kind: 'bytes' }
    /** `values`: the closed set, if it is one. */
    | { readonly kind: 'name'; readonly values?: readonly string[] }
    | { readonly kind: 'null' }
    | { readonly kind: 'value' }
    | { readonly kind: 'opaque' }
  )

export interface ListShape extends Described {
  readonly kind: 'list'
  readonly of: Shape
  readonly min?: number
  readonly max?: number
}

export interface Field {
  readonly shape: Shape
  /** True if it may be absent, or null. */
  readonly optional: boolean
  /** What the handler sees when it is absent. */
  readonly default?: unknown
}

export interface ObjectShape extends Described {
  readonly kind: 'object'
  readonly fields: ReadonlyMap<string, Field>
}

export interface RecordShape extends Described {
  readonly kind: 'record'
  readonly key: Shape
  readonly value: Shape
}

export interface UnionShape extends Described {
  readonly kind: 'union'
  readonly of: readonly Shape[]
}

export interface NullableShape extends Described {
  readonly kind: 'nullable'
  readonly of: Shape
}

/** The kinds whose values need no change on their way out of an operation. */
export function isPlain(shape: Shape): boolean {
  switch (shape.kind) {
    case 'list':
    case 'nullable':
      return isPlain(shape.of)
    case 'union':
      return shape.of.every(isPlain)
    case 'object':
    case 'record':
      return false
    default:
      return true
  }
}

/** True if zod has to check the value as well. */
export function isRefined(shape: Shape): boolean {
  if (shape.refined === true) return true
  switch (shape.kind) {
    case 'list':
    case 'nullable':
      return isRefined(shape.of)
    case 'union':
      return shape.of.some(isRefined)
    case 'object':
      return [...shape.fields.values()].some((field) => isRefined(field.shape))
    case 'record':
      return isRefined(shape.key) || isRefined(shape.value)
    default:
      return false
  }
}
