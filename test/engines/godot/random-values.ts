/** Values that Variants can be, at random. */
import fc from 'fast-check'
import { Float, Name, Tagged, type Value } from '../../../src/engine/index.ts'
import type { Dialect } from '../../../src/engines/godot/variant/index.ts'
import { MATH_KINDS, PACKED_KINDS, numberOf, type Component } from '../../../src/engines/godot/variant/kinds.ts'
import { floatValue, integerValue } from '../../../src/engines/godot/variant/number.ts'

const float32 = fc.float().map(floatValue)
const float64 = fc.double().map(floatValue)
const int32 = fc.integer()
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(integerValue)
// No zero, which ends a text of the engines.
const text = fc.string({ unit: 'binary', maxLength: 12 }).filter((one) => !one.includes('\0'))
const name = fc.string({ unit: fc.constantFrom('a', 'B', '_', '9', 'ä'), minLength: 1, maxLength: 6 })
const nodePath = fc
  .record({
    absolute: fc.boolean(),
    names: fc.array(name, { maxLength: 3 }),
    subnames: fc.array(name, { maxLength: 2 }),
  })
  .filter(({ absolute, names }) => !absolute || names.length > 0)
  .map(({ absolute, names, subnames }) => (absolute ? '/' : '') + [names.join('/'), ...subnames].join(':'))

const COMPONENTS: Record<Component, fc.Arbitrary<Value>> = { real: float32, float32, int32 }
const ELEMENTS: Record<string, fc.Arbitrary<Value>> = { int32, int64, float32, float64, string: text }

function math(kind: keyof typeof MATH_KINDS): fc.Arbitrary<Value> {
  const { component, count } = MATH_KINDS[kind]
  const fields = fc.array(COMPONENTS[component], { minLength: count, maxLength: count })
  return fields.map((all) => new Tagged(kind, all))
}

function packed(element: string): fc.Arbitrary<Value> {
  const content =
    element === 'byte'
      ? fc.uint8Array({ maxLength: 9 })
      : fc.array(ELEMENTS[element] ?? math(element as keyof typeof MATH_KINDS), { maxLength: 4 })
  return content.map((all: Value) => new Tagged('packed', [new Name(element), all]))
}

/** Any value that this version of Godot has a type for, without objects and what else lives in an engine only. */
export function variants(dialect: Dialect): fc.Arbitrary<Value> {
  const has = (kind: string): boolean => numberOf(dialect, kind) !== undefined
  const kinds = Object.keys(MATH_KINDS) as (keyof typeof MATH_KINDS)[]
  const elements = Object.entries(PACKED_KINDS).flatMap(([kind, element]) => (has(kind) ? [packed(element)] : []))
  const leaf = fc.oneof(
    fc.constantFrom<Value>(null, true, false, new Name('nan'), new Name('infinity'), new Float(-0)),
    int32,
    int64,
    float64,
    text,
    nodePath.map((path) => new Tagged('node_path', [path])),
    ...(dialect === 4 ? [text.map((one) => new Tagged('string_name', [one]))] : []),
    ...kinds.filter(has).map(math),
    ...elements,
  )
  const typed = fc.array(int64, { maxLength: 3 }).map((all) => new Tagged('typed_array', [new Name('int'), all]))
  return fc.letrec<{ value: Value }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc.array(tie('value'), { maxLength: 4 }),
      fc.array(fc.tuple(text, tie('value')), { maxLength: 4 }).map((entries) => new Map(entries)),
      ...(dialect === 4 ? [typed] : []),
    ),
  })).value
}
