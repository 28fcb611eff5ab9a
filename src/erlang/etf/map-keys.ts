/** Keys of maps: which are the same (`=:=`), and a text for each that hashes well, by the engine's own seeded hash. */
import { equal } from './compare.ts'
import { Atom, BitString, Float, isBytes, Pid, Port, Ref, Tuple, type Term } from './terms.ts'

/** True for keys that hold no other terms. */
export function isLeafKey(key: Term): boolean {
  if (typeof key !== 'object' || key === null || key instanceof Atom) return true
  if (Array.isArray(key)) return key.length === 0
  return (
    isBytes(key) ||
    key instanceof Pid ||
    key instanceof Ref ||
    key instanceof Float ||
    key instanceof Port ||
    key instanceof BitString
  )
}

/** As `equal`, quick for the keys that most maps have. */
export function sameKey(a: Term, b: Term): boolean {
  if (a === b) return true
  if (a instanceof Atom && b instanceof Atom) return a.name === b.name
  if (typeof a === 'number' && typeof b === 'number') return false
  if (typeof a === 'string' && typeof b === 'string') return false
  if (isBytes(a) && isBytes(b)) {
    const length = a.length
    if (b.length !== length) return false
    for (let i = 0; i < length; i++) if (a[i] !== b[i]) return false
    return true
  }
  return equal(a, b)
}

/** Tuples and lists of up to so many leaves have a text: keys like `{X, Y}`. */
const MAX_FLAT = 16

/** A text that two keys share if, and only if, they are the same; undefined for keys that hold others deeper. */
export function keyText(key: Term): string | undefined {
  const text = leafText(key)
  if (text !== undefined) return text
  if (key instanceof Tuple) return flatText('t', key.elements)
  return Array.isArray(key) ? flatText('l', key as readonly Term[]) : undefined
}

function flatText(kind: string, elements: readonly Term[]): string | undefined {
  if (elements.length > MAX_FLAT) return undefined
  let all = kind
  for (const element of elements) {
    const text = leafText(element)
    if (text === undefined) return undefined
    all += `${text.length}:${text}`
  }
  return all
}

function leafText(key: Term): string | undefined {
  switch (typeof key) {
    case 'number':
      // Texts, because numbers as keys of a `Map` hash without a seed: a sender could make them all collide.
      return Number.isInteger(key) ? `i${key === 0 ? '0' : key.toString(16)}` : `f${key}`
    case 'bigint':
      return `i${key.toString(16)}`
    case 'boolean':
      return key ? 'atrue' : 'afalse'
    case 'string':
      return `b${Buffer.from(key, 'utf8').toString('latin1')}`
  }
  if (key === null) return 'anil'
  if (key instanceof Atom) return `a${key.name}`
  if (isBytes(key)) return `b${latin1(key)}`
  if (key instanceof Float) return `f${Object.is(key.value, -0) ? '-0' : key.value}`
  if (key instanceof Pid) return `p${key.key}`
  if (key instanceof Ref) return `r${key.key}`
  if (key instanceof Port) return `o${key.id}.${key.creation}@${key.node}`
  if (key instanceof BitString) return bitsText(key)
  return undefined
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}

/** The unused bits of the last byte do not count. */
function bitsText(bits: BitString): string {
  const last = bits.bytes[bits.bytes.length - 1] ?? 0
  return `s${bits.bitsInLast}.${last >> (8 - bits.bitsInLast)}.${latin1(bits.bytes.subarray(0, -1))}`
}
