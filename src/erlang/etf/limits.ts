/** What bounds the codec: every limit with its default, unit and reason. */
import { getHeapStatistics } from 'node:v8'

export interface EtfLimits {
  /** Levels of nesting. Bounds memory and time of everything that walks a term. Default 131072. */
  maxDepth?: number
  /** Bytes that a compressed term may inflate to. Stops zip bombs before memory is taken. Default 128 MiB. */
  maxInflated?: number
  /**
   * Bytes of memory that one decoded term may take, as an estimate: a list of small tuples takes thirty times its
   * length on the wire. Binaries that are views into the input count for their object only. Default 1 GiB, or a quarter
   * of what the engine may have for objects if that is less: a term beyond that would end the process, not the message.
   */
  maxMemory?: number
  /** Bytes of one integer. Arithmetic on huge ones takes long; a BEAM of OTP 27 has the same bound. Default 512 KiB. */
  maxBigBytes?: number
}

export const DEFAULT_MAX_DEPTH = 131_072
export const DEFAULT_MAX_INFLATED = 134_217_728
export const DEFAULT_MAX_MEMORY = Math.min(1_073_741_824, Math.floor(getHeapStatistics().heap_size_limit / 4))
export const DEFAULT_MAX_BIG_BYTES = 524_288

/**
 * How deep the codec recurses before it goes on with a stack of its own: recursion is faster, but the engine's stack is
 * small, and nobody knows how much of it the caller has used.
 */
export const RECURSION_DEPTH = 512

/**
 * The longest list, tuple or map (in places) that is decoded, whatever `maxMemory` says. Not an option: the engine ends
 * the process when an array that grows gets near 2^27 places.
 */
export const MAX_ELEMENTS = 67_108_864
