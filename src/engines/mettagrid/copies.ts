/**
 * Copies of small things that are handed out with every step. To make memory for one costs more than to fill it, so many lie
 * in one piece, which is let go when the last of them is; larger ones get memory of their own.
 */

/** Bytes that are made at a time: who keeps one copy keeps them all. */
const SLAB_BYTES = 65_536
/** Larger ones have memory of their own. */
const SMALL_BYTES = 4096

export class Copies {
  #slab = new ArrayBuffer(0)
  #at = 0

  of(bytes: Uint8Array): Uint8Array {
    const { length } = bytes
    if (length > SMALL_BYTES) return bytes.slice()
    if (this.#at + length > this.#slab.byteLength) {
      this.#slab = new ArrayBuffer(SLAB_BYTES)
      this.#at = 0
    }
    const copy = new Uint8Array(this.#slab, this.#at, length)
    copy.set(bytes)
    this.#at += length
    return copy
  }
}
