/**
 * The parts that messages are written of, at a place in a buffer; each answers where the next byte goes. Lengths are
 * found out first, so that nothing is written twice. A field that is empty is not written, as proto3 has it.
 */

/** How many bytes a number takes: up to 2^53 - 1; what is negative is an int32, which takes ten. */
export function varintBytes(value: number): number {
  if (value < 0) return 10
  if (value < 0x80) return 1
  if (value < 0x4000) return 2
  if (value < 0x20_0000) return 3
  if (value < 0x1000_0000) return 4
  let bytes = 5
  for (let rest = Math.floor(value / 0x8_0000_0000); rest > 0; rest = Math.floor(rest / 128)) bytes += 1
  return bytes
}

/** All numbers of a list, without tag and length. */
export function varintsBytes(values: readonly number[]): number {
  let bytes = 0
  for (let i = 0; i < values.length; i++) bytes += varintBytes(values[i] ?? 0)
  return bytes
}

/** A field of so many bytes, with its tag and length. */
export function blockBytes(length: number): number {
  return length === 0 ? 0 : 1 + varintBytes(length) + length
}

/** A text, without tag and length. */
export function textBytes(text: string): number {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return Buffer.byteLength(text)
  return text.length
}

export function putVarint(to: Buffer, start: number, value: number): number {
  let at = start
  let rest = value
  if (value < 0) {
    // The sign goes on up to the 64th bit.
    let bits = BigInt.asUintN(64, BigInt(value))
    for (; bits > 127n; bits >>= 7n) to[at++] = Number(bits & 127n) | 128
    rest = Number(bits)
  }
  for (; rest > 127; rest = Math.floor(rest / 128)) to[at++] = (rest % 128) | 128
  to[at] = rest
  return at + 1
}

/** Tag and length of a field. */
export function putBlock(to: Buffer, at: number, tag: number, length: number): number {
  to[at] = tag
  return putVarint(to, at + 1, length)
}

export function putVarints(to: Buffer, start: number, tag: number, values: readonly number[], bytes: number): number {
  if (bytes === 0) return start
  let at = putBlock(to, start, tag, bytes)
  for (let i = 0; i < values.length; i++) at = putVarint(to, at, values[i] ?? 0)
  return at
}

/** From here on the call that copies is faster than a loop. */
const LOOP_BYTES = 32

export function putBytes(to: Buffer, start: number, tag: number, bytes: Uint8Array): number {
  const { length } = bytes
  if (length === 0) return start
  const at = putBlock(to, start, tag, length)
  if (length > LOOP_BYTES) to.set(bytes, at)
  else for (let i = 0; i < length; i++) to[at + i] = bytes[i] ?? 0
  return at + length
}

/** @param bytes what `textBytes` says of it */
export function putText(to: Buffer, start: number, tag: number, text: string, bytes: number): number {
  if (bytes === 0) return start
  const at = putBlock(to, start, tag, bytes)
  // No more bytes than characters: all of them are ASCII.
  if (bytes === text.length && bytes <= LOOP_BYTES) for (let i = 0; i < bytes; i++) to[at + i] = text.charCodeAt(i)
  else to.write(text, at, bytes, 'utf8')
  return at + bytes
}
