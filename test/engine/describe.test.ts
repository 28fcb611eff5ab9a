import { describe, expect, test } from '@jest/globals'
import { describeSchema } from '../../src/engine/describe-schema.ts'
import { shapeValue } from '../../src/engine/describe.ts'
import { float, integer } from '../../src/engine/schema.ts'
import { Float } from '../../src/engine/value.ts'

describe('the bounds of a number', () => {
  test('are floats for a float: the largest ones are no exact integers', () => {
    const schema = shapeValue(describeSchema(float().min(-3.4e38).max(0.5))) as ReadonlyMap<string, unknown>
    expect(schema.get('min')).toEqual(new Float(-3.4e38))
    expect(schema.get('max')).toBe(0.5)
  })

  test('are integers for an integer', () => {
    const schema = shapeValue(describeSchema(integer({ min: 0, max: 7 }))) as ReadonlyMap<string, unknown>
    expect([schema.get('min'), schema.get('max')]).toEqual([0, 7])
  })
})
