/** JSON Schema whose repeated parts are there once. */
import { describe, expect, test } from '@jest/globals'
import {
  describeSchema,
  integer,
  jsonSchemaOf,
  list,
  object,
  objectSchemaOf,
  record,
  text,
  withDefs,
} from '../../src/engine/index.ts'
import { mettagridEngine, mettagridOperations } from '../../src/engines/mettagrid/index.ts'
import { expanded } from '../support/json-schema.ts'

describe('withDefs', () => {
  const amounts = () => record(integer(), integer({ min: 0, max: 255 }))
  const recipe = () => object({ inputs: amounts(), outputs: amounts().describe('What comes out.') })

  test('names parts by the property where they are met first; what is said of a place stays there', () => {
    const schema = object({
      inputs: text(),
      first: recipe(),
      more: list(recipe()),
      last: recipe().describe('The last.'),
    })
    const whole = jsonSchemaOf(describeSchema(schema), 'input')
    const short = withDefs(whole)
    expect(short).toMatchObject({
      properties: {
        inputs: { type: 'string' },
        first: { $ref: '#/$defs/first' },
        more: { type: 'array', items: { $ref: '#/$defs/first' } },
        last: { $ref: '#/$defs/first', description: 'The last.' },
      },
      $defs: {
        first: {
          type: 'object',
          properties: {
            inputs: { $ref: '#/$defs/inputs' },
            outputs: { $ref: '#/$defs/inputs', description: 'What comes out.' },
          },
        },
        inputs: { type: 'object', additionalProperties: { type: 'integer', minimum: 0, maximum: 255 } },
      },
    })
    expect(expanded(short)).toEqual(whole)
  })

  test('two parts that meet under one name get a name each', () => {
    const [a, b] = [list(integer({ min: 0, max: 1_000_000 })), list(integer({ min: 0, max: 2_000_000 }))]
    const schema = object({ one: object({ x: a }), two: object({ x: b }), three: object({ y: a, z: b }) })
    const whole = jsonSchemaOf(describeSchema(schema), 'input')
    const short = withDefs(whole)
    expect(Object.keys(short['$defs'] as object)).toEqual(['x', 'x_2'])
    expect(expanded(short)).toEqual(whole)
  })

  test('changes nothing where nothing is there twice', () => {
    const whole = jsonSchemaOf(describeSchema(object({ a: integer(), b: list(integer({ min: 1 })) })), 'input')
    expect(withDefs(whole)).toEqual(whole)
  })

  test('says the same of every operation, and that of games in two thirds of the bytes', () => {
    for (const { name, params, output } of mettagridOperations(mettagridEngine())) {
      const input = objectSchemaOf(
        params.map((param) => [param.name, param]),
        'input',
      )
      expect(expanded(withDefs(input))).toEqual(input)
      const answer = jsonSchemaOf(output, 'output')
      expect(expanded(withDefs(answer))).toEqual(answer)
      if (name !== 'create_game') continue
      expect(JSON.stringify(withDefs(input)).length).toBeLessThan((JSON.stringify(input).length * 2) / 3)
    }
  })
})
