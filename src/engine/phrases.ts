/** Shapes and values in words: what was expected, and what came. */
import { Float, Name, Opaque, Tagged, type Value } from './value.ts'
import type { Shape } from './shape.ts'

/** Where in the input: the parameter's name, then keys and positions. */
export type Path = readonly (string | number)[]

/** `config.objects[2].name`. */
export function pathText(path: Path): string {
  let text = ''
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`
    else if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(step)) text += `[${JSON.stringify(step)}]`
    else text += text === '' ? step : `.${step}`
  }
  return text
}

/** "an integer from 0 to 255". */
export function expectation(shape: Shape): string {
  switch (shape.kind) {
    case 'integer':
      return shape.min === Number.MIN_SAFE_INTEGER && shape.max === Number.MAX_SAFE_INTEGER
        ? 'an integer'
        : `an integer ${range(shape.min, shape.max)}`
    case 'float':
      return shape.min === undefined && shape.max === undefined ? 'a number' : `a number ${range(shape.min, shape.max)}`
    case 'boolean':
      return 'true or false'
    case 'string':
      return shape.maxBytes === undefined ? 'a string' : `a string of at most ${shape.maxBytes} bytes`
    case 'bytes':
      return 'bytes'
    case 'name':
      return shape.values === undefined ? 'a name' : oneOf(shape.values)
    case 'null':
      return 'null'
    case 'value':
      return 'a value'
    case 'opaque':
      return 'a pid or another thing of the gateway'
    case 'list':
      return `a list${lengthText(shape.min, shape.max)}`
    case 'object':
    case 'record':
      return 'a map'
    case 'nullable':
      return `${expectation(shape.of)} or null`
    case 'union':
      return [...new Set(shape.of.map(expectation))].join(' or ')
  }
}

function range(min: number | undefined, max: number | undefined): string {
  if (min === undefined || min === Number.MIN_SAFE_INTEGER) return `of at most ${max ?? ''}`
  return max === undefined || max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`
}

function oneOf(values: readonly string[]): string {
  return values.length === 1 ? String(values[0]) : `one of ${values.join(', ')}`
}

function lengthText(min: number | undefined, max: number | undefined): string {
  if (min === undefined && max === undefined) return ''
  if (min === max) return ` of ${min ?? 0}`
  if (max === undefined) return ` of at least ${min ?? 0}`
  return min === undefined ? ` of at most ${max}` : ` of ${min} to ${max}`
}

/** `a string "x"`, `a list of 3`: what a value is, in a few words however large it is. */
export function whatCame(value: Value): string {
  if (value === null) return 'null'
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return quoted(value)
  if (typeof value === 'bigint') return `the integer ${short(String(value))}`
  if (typeof value === 'number') return Number.isInteger(value) ? `the integer ${value}` : `the float ${value}`
  if (value instanceof Float) return `the float ${value.value}${Number.isInteger(value.value) ? '.0' : ''}`
  if (value instanceof Name) return `the name ${short(value.text)}`
  if (value instanceof Tagged) return `a tuple tagged ${short(value.tag)}`
  if (value instanceof Opaque) return 'something of the gateway (a pid, a reference, a fun)'
  if (isBytes(value)) return describeBytes(value)
  if (isMap(value)) return `a map of ${value.size}`
  return Array.isArray(value) ? `a list of ${value.length}` : `something that is no value (${typeof value})`
}

const SHOWN_BYTES = 40

function describeBytes(bytes: Uint8Array): string {
  const text = utf8(bytes.subarray(0, SHOWN_BYTES * 4))
  // eslint-disable-next-line no-control-regex -- a control character tells that it is no text
  return text === undefined || /[\u0000-\u0008\u000e-\u001f]/.test(text) ? `${bytes.length} bytes` : quoted(text)
}

function quoted(text: string): string {
  return `a string ${JSON.stringify(short(text))}`
}

function short(text: string): string {
  return text.length > SHOWN_BYTES ? `${text.slice(0, SHOWN_BYTES)}…` : text
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Up to so many bytes, ASCII is read here: the decoder's own call would take longer. */
const SHORT = 24

/** The text that the bytes are, or undefined if they are not UTF-8. */
export function utf8(bytes: Uint8Array): string | undefined {
  const text = bytes.length <= SHORT ? ascii(bytes) : undefined
  if (text !== undefined) return text
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}

function ascii(bytes: Uint8Array): string | undefined {
  let text = ''
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0
    if (byte > 127) return undefined
    text += String.fromCharCode(byte)
  }
  return text
}

/** True for `Uint8Array`, also of another realm. */
export function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value)
}

/** True for a map of values; everything else that is an object of ours has a class or is an array. */
export function isMap(value: unknown): value is ReadonlyMap<Value, Value> {
  return typeof value === 'object' && value !== null && 'size' in value && 'entries' in value
}
