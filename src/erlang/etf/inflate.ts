/** Compressed terms (tag 80): zlib, with a hard stop at the size that the term itself claims. */
import { inflateSync } from 'node:zlib'
import { BeamcadeError, messageOf } from '../../errors.ts'

/**
 * Inflates what begins at the start of `bytes` to exactly `size` bytes.
 * @returns the inflated bytes, and how many of the input they took
 */
export function inflate(bytes: Uint8Array, size: number): { bytes: Uint8Array; consumed: number } {
  let result: { buffer: Buffer; engine: { bytesWritten: number } }
  try {
    // With `info` the engine comes along, which knows where the compressed data ended; the types know nothing of it.
    const options = { maxOutputLength: Math.max(size, 1), info: true }
    result = inflateSync(bytes, options) as unknown as typeof result
  } catch (error) {
    throw new BeamcadeError('bad_term', `A compressed term of ${size} bytes cannot be inflated: ${messageOf(error)}.`, {
      cause: error,
    })
  }
  const { buffer, engine } = result
  if (buffer.length !== size) {
    throw new BeamcadeError('bad_term', `A compressed term says ${size} bytes and has ${buffer.length}.`)
  }
  return { bytes: buffer, consumed: engine.bytesWritten }
}
