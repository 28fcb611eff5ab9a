import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { z } from 'zod'
import {
  boolean,
  bytes,
  describeSchema,
  float,
  Float,
  fromJson,
  integer,
  jsonSchemaOf,
  list,
  Name,
  name,
  nullable,
  object,
  Opaque,
  opaque,
  readerOf,
  record,
  shapeOf,
  shapeValue,
  Tagged,
  text,
  toJson,
  union,
  type Value,
  value,
} from '../../src/engine/index.ts'

/** What JSON.stringify and JSON.parse leave of it. */
const wire = (json: unknown): unknown => JSON.parse(JSON.stringify(json))

const shapes = {
  bytes: bytes(),
  flags: union([list(list(boolean())), bytes()]),
  whole: object({
    id: text({ maxBytes: 9 }),
    kind: name(['a', 'b']),
    at: nullable(list(float())),
    more: bytes().optional(),
  }),
  counts: record(integer(), bytes()),
  anything: value(),
} as const

describe('values as JSON, and back', () => {
  test.each<[keyof typeof shapes, Value, unknown]>([
    ['bytes', Uint8Array.of(0, 255, 1), 'AP8B'],
    ['flags', Uint8Array.of(1, 0), 'AQA='],
    ['flags', [[true], []], [[true], []]],
    ['whole', new Map<Value, Value>([['id', 'ü'], ['kind', 'b'], ['at', [1, 2.5]], ['more', Uint8Array.of(7)]]), { id: 'ü', kind: 'b', at: [1, 2.5], more: 'Bw==' }], // prettier-ignore
    ['whole', new Map<Value, Value>([['id', ''], ['kind', 'a'], ['at', null]]), { id: '', kind: 'a', at: null }], // prettier-ignore
    ['counts', new Map<Value, Value>([[-3, Uint8Array.of(1)], [7, Uint8Array.of()]]), { '-3': 'AQ==', 7: '' }], // prettier-ignore
    ['anything', new Tagged('ok', [1, Uint8Array.of(9)]), { $tag: 'ok', fields: [1, { $bytes: 'CQ==' }] }],
    ['anything', new Map<Value, Value>([['__proto__', 1]]), JSON.parse('{"__proto__":1}')],
  ])('%s: %j', (key, given, json) => {
    const shape = describeSchema(shapes[key])
    expect(wire(toJson(given, shape))).toEqual(json)
    const read = readerOf(shapes[key] as z.ZodType)
    expect(read(fromJson(json, shape), ['x'])).toEqual(read(given, ['x']))
  })

  test('what only values have is told as far as JSON can', () => {
    const map = new Map<Value, Value>([
      [new Name('a'), new Name('b')],
      [2, new Float(3)],
    ])
    expect(toJson(map)).toEqual({ a: 'b', 2: 3 })
    expect(toJson([2n ** 70n, 12n, -Infinity, NaN])).toEqual([String(2n ** 70n), 12, '-Infinity', 'NaN'])
    expect(() => toJson(new Opaque('erlang', 1))).toThrow(expect.objectContaining({ code: 'bad_argument' }))
  })

  test('UTF-8 is text where text is meant, and bytes where bytes are', () => {
    expect(toJson(Buffer.from('ü'), describeSchema(text()))).toBe('ü')
    expect(toJson('ü', describeSchema(bytes()))).toBe('w7w=')
  })

  test('where nothing is said, a key with $ says it; elsewhere it is a key like others', () => {
    const any = (json: unknown) => fromJson(json)
    expect(any({ $name: 'noop' })).toEqual(new Name('noop'))
    expect(any({ $float: 1 })).toEqual(new Float(1))
    expect(any({ $integer: '123456789012345678901' })).toBe(123456789012345678901n)
    expect(any({ $bytes: 'not base64' })).toEqual(new Map([['$bytes', 'not base64']]))
    expect(any({ $tag: 'a', fields: [], more: 1 })).toBeInstanceOf(Map)
    const free = describeSchema(record(text(), text()))
    expect(fromJson({ $name: 'noop' }, free)).toEqual(new Map([['$name', 'noop']]))
  })

  test('deep nesting is refused before the stack is gone', () => {
    let deep: unknown = 1
    for (let i = 0; i < 100_000; i += 1) deep = [deep]
    expect(() => fromJson(deep)).toThrow(expect.objectContaining({ code: 'too_deep' }))
  })

  test('property: any JSON is read, and what holds no $ comes back', () => {
    const key = fc.string().filter((one) => !one.startsWith('$'))
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof({ depthSize: 'small' }, fc.constant(null), fc.boolean(), fc.integer(), fc.string(), fc.array(tie('tree')), fc.dictionary(key, tie('tree'))), // prettier-ignore
    }))
    fc.assert(
      fc.property(tree, (json) => {
        expect(wire(toJson(fromJson(wire(json))))).toEqual(wire(json))
      }),
    )
    fc.assert(fc.property(fc.jsonValue(), (json) => void fromJson(json, describeSchema(shapes.whole))))
  })
})

describe('JSON Schema', () => {
  test('says what the shape says', () => {
    const schema = object({
      id: text({ maxBytes: 255 }).describe('The id.'),
      mode: name(['a', 'b']).default('a'),
      n: integer({ min: 0, max: 9 }),
      x: float(),
      some: list(bytes(), { min: 1, max: 2 }),
      by: record(integer(), nullable(boolean())),
      either: union([text(), value()]).optional(),
    })
    expect(jsonSchemaOf(describeSchema(schema), 'input')).toEqual({
      type: 'object',
      properties: {
        id: { type: 'string', maxLength: 255, description: 'The id.' },
        mode: { type: 'string', enum: ['a', 'b'], default: 'a' },
        n: { type: 'integer', minimum: 0, maximum: 9 },
        x: { type: 'number' },
        some: { type: 'array', items: { type: 'string', contentEncoding: 'base64' }, minItems: 1, maxItems: 2 },
        by: {
          type: 'object',
          additionalProperties: { anyOf: [{ type: 'boolean' }, { type: 'null' }] },
          propertyNames: { pattern: expect.any(String) as unknown },
        },
        either: { anyOf: [{ type: 'string' }, {}] },
      },
      required: ['id', 'n', 'x', 'some', 'by'],
      additionalProperties: false,
    })
  })

  test('of an answer allows for numbers that JSON has no word for', () => {
    expect(jsonSchemaOf(describeSchema(float()), 'output')).toEqual({
      anyOf: [{ type: 'number' }, { enum: ['Infinity', '-Infinity', 'NaN'] }],
    })
    expect(jsonSchemaOf(describeSchema(opaque()), 'output')).toEqual({ type: 'string' })
  })
})

test('a shape comes back from the tree that describes it', () => {
  for (const schema of Object.values(shapes)) {
    const shape = describeSchema(schema)
    expect(shapeOf(toJson(shapeValue(shape)))).toEqual(shape)
  }
  expect(shapeOf({ kind: 'of a later version' })).toEqual({ kind: 'value' })
})
