/**
 * How much would be made of a message, before anything is: sixteen megabytes can hold eight million empty messages, and
 * each of them takes a hundred bytes and more when it is decoded.
 */
import type { DescField, DescMessage } from '@bufbuild/protobuf'
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'

/**
 * Counts the messages, entries of maps and elements of lists in `bytes`; stops when there are more than `limit`.
 * @throws what the reader throws where the bytes are no message
 */
export function countParts(desc: DescMessage, bytes: Uint8Array, limit: number): number {
  const counter = new Counter(bytes, limit)
  counter.message(desc, new BinaryReader(bytes), bytes.length)
  return counter.count
}

class Counter {
  count = 0
  readonly #bytes: Uint8Array
  readonly #limit: number
  readonly #fields = new Map<DescMessage, Map<number, DescField>>()

  constructor(bytes: Uint8Array, limit: number) {
    this.#bytes = bytes
    this.#limit = limit
  }

  message(desc: DescMessage, reader: BinaryReader, length: number): void {
    const end = reader.pos + length
    const fields = this.#fieldsOf(desc)
    while (reader.pos < end && this.count <= this.#limit) {
      const [number, wireType] = reader.tag()
      const field = fields.get(number)
      if (field === undefined || wireType !== WireType.LengthDelimited) {
        if (field?.fieldKind === 'list') this.count += 1
        reader.skip(wireType, number)
      } else this.#field(field, reader)
    }
  }

  #field(field: DescField, reader: BinaryReader): void {
    const length = reader.uint32()
    const end = reader.pos + length
    if (end > reader.len) throw new RangeError('a field is longer than its message')
    if (field.fieldKind === 'list' || field.fieldKind === 'map' || field.fieldKind === 'message') this.count += 1
    // Numbers in one piece: each ends with a byte below 128. Floats would take four bytes each; none are in lists.
    if (field.fieldKind === 'list' && field.listKind === 'scalar' && field.packed) {
      for (let at = reader.pos; at < end; at++) if ((this.#bytes[at] ?? 0) < 128) this.count += 1
    }
    const inner = field.fieldKind === 'message' || field.fieldKind === 'list' ? field.message : undefined
    if (inner === undefined) reader.pos = end
    else this.message(inner, reader, length)
  }

  #fieldsOf(desc: DescMessage): Map<number, DescField> {
    const known = this.#fields.get(desc)
    if (known !== undefined) return known
    const made = new Map(desc.fields.map((field) => [field.number, field]))
    this.#fields.set(desc, made)
    return made
  }
}
