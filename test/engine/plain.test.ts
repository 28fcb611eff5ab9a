/** Plain data as bytes: lossless, refused where it is no data, and never believed when it is read. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Float, Name, Opaque, PlainReader, PlainWriter, Tagged } from '../../src/engine/index.ts'
import { isBeamcadeError } from '../../src/errors.ts'

function written(value: unknown, writer = new PlainWriter()): Buffer {
  writer.begin()
  writer.value(value)
  return writer.end()
}

const read = (bytes: Buffer): unknown => new PlainReader(bytes).value()
const code = (wanted: string) => expect.objectContaining({ code: wanted }) as unknown as Error

describe('plain data', () => {
  test.each<[string, unknown, string]>([
    ['a small number', 5, '05'],
    ['127', 127, '7f'],
    ['200', 200, 'c5c8'],
    ['-1', -1, 'ff'],
    ['-32', -32, 'e0'],
    ['-33', -33, 'c6dfff'],
    ['70000', 70_000, 'c770110100'],
    ['2^31', 2 ** 31, 'c8000000000000e041'],
    ['-0', -0, 'c80000000000000080'],
    ['NaN', NaN, 'c8000000000000f87f'],
    ['1.5', 1.5, 'c8000000000000f83f'],
    ['null', null, 'c0'],
    ['undefined', undefined, 'c1'],
    ['false', false, 'c2'],
    ['true', true, 'c3'],
    ['255n', 255n, 'c9026666'],
    ['-1n', -1n, 'ca0131'],
    ['ASCII', 'hi', 'a26869'],
    ['UTF-8', 'é', 'cb02c3a9'],
    ['half a pair', '\ud800', 'cc0200d8'],
    ['a list', [1, [2]], '9201' + '9102'],
    ['an object', { a: 1, b: undefined }, '82' + 'a16101' + 'a162c1'],
    [
      'an object without prototype',
      Object.assign(Object.create(null) as object, { a: 1 }),
      'ce01a16101'.replace('ce', 'cf'),
    ],
    ['a map', new Map([[1, 'x']]), 'd00101a178'],
    ['a set', new Set([1]), 'd10101'],
    ['a date', new Date(0), 'd20000000000000000'],
    ['bytes', new Uint8Array([1, 2]), 'd500020102'],
    ['a Buffer', Buffer.from([1, 2]), 'd4020102'],
    ['an ArrayBuffer', new Uint8Array([9]).buffer, 'd30109'],
    ['a Float32Array', new Float32Array([1]), 'd507040000803f'],
    ['a Float', new Float(2), 'd60000000000000040'],
    ['a Name', new Name('up'), 'd7a27570'],
    ['a Tagged', new Tagged('v', [1]), 'd8a17691' + '01'],
  ])('%s has its bytes, and comes back', (_, value, hex) => {
    const bytes = written(value)
    expect(bytes.toString('hex')).toBe(hex)
    const back = read(bytes)
    expect(Object.is(back, value) || typeof value === 'object').toBe(true)
    expect(back).toStrictEqual(value)
    expect(Object.getPrototypeOf(Object(back))).toBe(Object.getPrototypeOf(Object(value)))
  })

  test('anything of it comes back, one value behind the other, also far beyond a chunk', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withNullPrototype: true,
      withSparseArray: true,
      stringUnit: 'binary',
      maxDepth: 4,
    })
    const writer = new PlainWriter()
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 5 }), (values) => {
        writer.begin(3)
        for (const value of values) writer.value(value)
        const bytes = writer.end(2)
        const reader = new PlainReader(bytes.subarray(0, -2), 3)
        for (const value of values) expect(reader.value()).toStrictEqual(value)
        expect(reader.done).toBe(true)
      }),
      { numRuns: 200 },
    )
  })

  test('holes, a key that would change the prototype, long lists and texts come back', () => {
    // eslint-disable-next-line no-sparse-arrays
    const holes = [1, , undefined, ,]
    const back = read(written(holes)) as unknown[]
    expect([back.length, 1 in back, 2 in back, 3 in back]).toEqual([4, false, true, false])
    const odd = JSON.parse('{"__proto__": {"x": 1}}') as object
    const again = read(written(odd)) as object
    expect(Object.keys(again)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(again)).toBe(Object.prototype)
    const long = { list: Array.from({ length: 100_000 }, (_, i) => i * 7), text: 'é'.repeat(200_000) }
    expect(read(written(long))).toStrictEqual(long)
  })

  test('what was handed out is not written over', () => {
    const writer = new PlainWriter()
    const texts = Array.from({ length: 5000 }, (_, i) => `number ${i} ${'x'.repeat(i % 30)}`)
    const all = texts.map((text) => written(text, writer))
    expect(all.map(read)).toEqual(texts)
  })

  test.each<[string, unknown]>([
    ['a function', { run: () => 1 }],
    ['a symbol', [Symbol('s')]],
    ['an instance of a class', new URL('http://localhost')],
    ['what belongs to a gateway', [new Opaque('erlang', 1)]],
    ['a DataView', new DataView(new ArrayBuffer(1))],
    ['an error', new Error('x')],
    ['a promise', Promise.resolve()],
  ])('%s is refused, and the next value is not', (_, value) => {
    const writer = new PlainWriter()
    expect(() => written(value, writer)).toThrow(code('not_storable'))
    expect(read(written([1], writer))).toEqual([1])
  })

  test('what contains itself is refused', () => {
    const loop: unknown[] = []
    loop.push(loop)
    expect(() => written(loop)).toThrow(code('not_storable'))
    let deep: unknown = 1
    for (let i = 0; i < 900; i++) deep = [deep]
    expect(read(written(deep))).toEqual(deep)
  })

  test('damaged bytes are a value or an error, and take no memory that is not there', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), (bytes) => {
        const reader = new PlainReader(Buffer.from(bytes))
        try {
          reader.value()
        } catch (error) {
          if (!isBeamcadeError(error) || error.code !== 'bad_record') throw error
        }
      }),
      { numRuns: 20_000 },
    )
    const huge = Buffer.from('cdffffffffffff0f', 'hex')
    expect(() => read(huge)).toThrow(code('bad_record'))
    expect(() => read(Buffer.alloc(100_000, 0x91))).toThrow('too many levels')
  })
})
