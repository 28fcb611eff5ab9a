/** Compressed terms (tag 80): zlib, with a hard stop at the size that the term itself claims. */
import { inflateSync } from 'node:zlib'
import { BeamcadeError, messageOf } from '../../errors.ts'

/** A byte of deflated data becomes at most so many: RFC 1951 has no length above 258 and no code below one bit. */
const MAX_RATIO = 1032
/** zlib takes no smaller buffer. */
const MIN_CHUNK_BYTES = 64

/**
 * Inflates what begins at the start of `bytes` to exactly `size` bytes. The memory for them is taken once, and only if
 * the compressed bytes can become so many.
 * @returns the inflated bytes, and how many of the input they took
 */
export function inflate(bytes: Uint8Array, size: number): { bytes: Uint8Array; consumed: number } {
  if (size > MAX_RATIO * bytes.length) {
    throw new BeamcadeError('bad_term', `A compressed term of ${bytes.length} bytes cannot have ${size} bytes.`)
  }
  let result: { buffer: Buffer; engine: { bytesWritten: number } }
  try {
    // With `info` the engine comes along, which knows where the compressed data ended; the types know nothing of it.
    // One byte of room more than there should be: full, the buffer would be followed by another one and then copied.
    const chunkSize = Math.max(size + 1, MIN_CHUNK_BYTES)
    const options = { maxOutputLength: Math.max(size, 1), chunkSize, info: true }
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
