/** Random and mutated bytes from a seed: the same seed gives the same bytes. */

/** `BEAMCADE_FUZZ_SEED`, or a new one; printed, so that a failure can be repeated. */
export function fuzzSeed(what: string): number {
  const given = Number(process.env['BEAMCADE_FUZZ_SEED'] ?? Number.NaN)
  const seed = Number.isInteger(given) ? given : Math.floor(Math.random() * 2 ** 31)
  process.stderr.write(`${what}: BEAMCADE_FUZZ_SEED=${seed}\n`)
  return seed
}

export class Fuzz {
  #state: number

  constructor(seed: number) {
    this.#state = seed | 0
  }

  /** A number from 0 up to, but not including, `below` (mulberry32). */
  below(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below)
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)))
  }

  /** A copy with one to four faults of the kinds that break parsers. */
  mutate(source: Uint8Array): Buffer {
    let bytes: Buffer = Buffer.from(source)
    for (let i = this.below(4); i >= 0; i -= 1) bytes = this.#fault(bytes)
    return bytes
  }

  #fault(bytes: Buffer): Buffer {
    const at = this.below(bytes.length + 1)
    const byte = Math.min(at, Math.max(0, bytes.length - 1))
    switch (this.below(9)) {
      case 0:
        return bytes.subarray(0, at)
      case 1:
        return Buffer.concat([bytes.subarray(0, at), this.bytes(1 + this.below(8)), bytes.subarray(at)])
      case 2:
        return Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.min(bytes.length, at + 1 + this.below(8)))])
      case 3: {
        // The tags of terms, the header bytes, and what stands in counts.
        if (bytes.length > 0) bytes[byte] = this.pick(INTERESTING)
        return bytes
      }
      case 4: {
        const value = this.pick([0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0xffff, this.below(1000)])
        if (bytes.length >= 4) bytes.writeUInt32BE(value, Math.min(at, bytes.length - 4))
        return bytes
      }
      case 5: {
        const from = this.below(bytes.length + 1)
        return Buffer.concat([bytes.subarray(0, at), bytes.subarray(from, from + this.below(30)), bytes.subarray(at)])
      }
      default: {
        if (bytes.length > 0) bytes[byte] = (bytes[byte] ?? 0) ^ (1 << this.below(8))
        return bytes
      }
    }
  }
}

const INTERESTING = [
  0, 1, 2, 67, 70, 77, 80, 82, 88, 90, 97, 98, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 116, 118, 119, 120,
  121, 127, 128, 131, 255,
]
