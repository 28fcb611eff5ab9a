/**
 * Appends batches to the log of a LevelDB database that nobody has open, the way LevelDB does: LevelDB reads them when it opens
 * the database, and drops a last one that was not written to its end. Its own writes go by another thread; these do not.
 *
 * Source: LevelDB, doc/log_format.md (records in blocks) and db/write_batch.cc (what is in a record).
 */
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { crc32c } from './crc32c.ts'

const BLOCK_BYTES = 32_768
/** Checksum, length, and whether it is a whole record or a piece of one. */
const HEADER_BYTES = 7
const WHOLE = 1
const FIRST = 2
const MIDDLE = 3
const LAST = 4

/** Sequence number and count. */
const BATCH_HEADER_BYTES = 12
/** An entry of a batch that puts a value. */
const PUT = 1
/** Bytes of an entry besides key and value, at most: its kind, and two lengths. */
const ENTRY_BYTES = 11

/** What is put: `bytes` are the parts of a value, one behind the other. */
export interface Entry {
  readonly key: Uint8Array
  readonly value: readonly Uint8Array[]
}

export class LevelLog {
  readonly #fd: number
  #buffer = Buffer.alloc(4096)
  /** Where the next record begins in its block. */
  #at = 0

  /** @param file the log; empty */
  constructor(file: string) {
    this.#fd = openSync(file, 'a')
  }

  /**
   * Appends a batch; when it returns, the system has it.
   * @param sequence of the first entry: larger than all before
   * @throws the system's error; part of the batch may be there then, and nothing may follow
   */
  append(sequence: number, entries: readonly Entry[]): void {
    const end = this.#encode(sequence, entries)
    if (end <= BLOCK_BYTES - this.#at) {
      this.#seal(this.#buffer, 0, end, WHOLE)
      this.#write(this.#buffer.subarray(0, end))
    } else this.#write(this.#pieces(this.#buffer.subarray(HEADER_BYTES, end)))
  }

  /** Begins anew: nothing that was appended is there any more. */
  clear(): void {
    ftruncateSync(this.#fd, 0)
    this.#at = 0
  }

  close(): void {
    closeSync(this.#fd)
  }

  /** Behind room for the header of a record. @returns where it ends */
  #encode(sequence: number, entries: readonly Entry[]): number {
    this.#grow(HEADER_BYTES + BATCH_HEADER_BYTES + sizeOf(entries))
    const buffer = this.#buffer
    let at = HEADER_BYTES
    at = buffer.writeUInt32LE(sequence >>> 0, at)
    at = buffer.writeUInt32LE(Math.floor(sequence / 0x1_0000_0000), at)
    at = buffer.writeUInt32LE(entries.length, at)
    for (const { key, value } of entries) {
      buffer[at++] = PUT
      at = writeVarint(buffer, key.length, at)
      buffer.set(key, at)
      at = writeVarint(buffer, lengthOf(value), at + key.length)
      for (const part of value) {
        buffer.set(part, at)
        at += part.length
      }
    }
    return at
  }

  /** A record that does not fit into its block, as one that begins there and goes on in the next ones. */
  #pieces(record: Buffer): Buffer {
    const pieces: Buffer[] = []
    let from = 0
    let kind = FIRST
    while (from < record.length) {
      const left = BLOCK_BYTES - this.#at
      if (left < HEADER_BYTES) {
        pieces.push(Buffer.alloc(left))
        this.#at = 0
        continue
      }
      const to = Math.min(from + left - HEADER_BYTES, record.length)
      if (to === record.length) kind = kind === FIRST ? WHOLE : LAST
      const piece = Buffer.alloc(HEADER_BYTES + to - from)
      record.copy(piece, HEADER_BYTES, from, to)
      this.#seal(piece, 0, piece.length, kind)
      pieces.push(piece)
      kind = MIDDLE
      from = to
    }
    return Buffer.concat(pieces)
  }

  #seal(bytes: Buffer, from: number, to: number, kind: number): void {
    bytes.writeUInt16LE(to - from - HEADER_BYTES, from + 4)
    bytes[from + 6] = kind
    bytes.writeUInt32LE(masked(crc32c(bytes, from + 6, to)), from)
    this.#at = (this.#at + to - from) % BLOCK_BYTES
  }

  #write(bytes: Buffer): void {
    const written = writeSync(this.#fd, bytes)
    if (written < bytes.length) throw new Error(`only ${written} of ${bytes.length} bytes were written`)
  }

  #grow(bytes: number): void {
    if (bytes > this.#buffer.length) this.#buffer = Buffer.alloc(2 * bytes)
  }
}

/** Bytes that a batch takes, at most. */
export function sizeOf(entries: readonly Entry[]): number {
  let size = 0
  for (const { key, value } of entries) size += ENTRY_BYTES + key.length + lengthOf(value)
  return size
}

function lengthOf(parts: readonly Uint8Array[]): number {
  let length = 0
  for (const part of parts) length += part.length
  return length
}

function writeVarint(bytes: Buffer, value: number, start: number): number {
  let at = start
  let rest = value
  while (rest > 0x7f) {
    bytes[at++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  bytes[at++] = rest
  return at
}

/** LevelDB keeps no plain checksum: of bytes that hold checksums themselves it would say little. */
function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}
