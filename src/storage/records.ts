/**
 * Records: a key, and a value that ends with the CRC-32 of both. So neither a changed byte nor a value under the wrong key
 * is taken for what was kept.
 */
import { crc32 } from 'node:zlib'
import { BeamcadeError, isBeamcadeError } from '../errors.ts'
import { PlainReader, type Origin, type PlainWriter } from '../engine/index.ts'

/** Of the layout of keys and values. Raised with every change that older versions cannot read. */
export const FORMAT = 1
export const CRC_BYTES = 4

export interface Record {
  readonly key: Buffer
  readonly value: Buffer
}

/** @param bytes the key, the content, and room for the checksum */
export function sealRecord(bytes: Buffer, keyBytes: number): Record {
  const end = bytes.length - CRC_BYTES
  bytes.writeInt32BE(crc32(bytes.subarray(0, end)) | 0, end)
  return { key: bytes.subarray(0, keyBytes), value: bytes.subarray(keyBytes) }
}

/** The content of a record. @throws BeamcadeError `bad_record` */
export function openRecord(key: Buffer, value: Buffer): Buffer {
  const end = value.length - CRC_BYTES
  if (end < 0 || value.readUInt32BE(end) !== crc32(value.subarray(0, end), crc32(key))) {
    throw new BeamcadeError('bad_record', `The record ${key.toString('hex')} is damaged: its checksum is wrong.`)
  }
  return value.subarray(0, end)
}

function makeRecord(writer: PlainWriter, key: Buffer, write: () => void): Record {
  writer.begin()
  writer.bytes(key)
  write()
  return sealRecord(writer.end(CRC_BYTES), key.length)
}

/** What a game is called, and what it is. */
export interface GameHead {
  readonly id: string
  readonly engine: string
}

export function headRecord(writer: PlainWriter, key: Buffer, { id, engine }: GameHead): Record {
  return makeRecord(writer, key, () => {
    writer.byte(FORMAT)
    writer.value([id, engine])
  })
}

/** @throws BeamcadeError `bad_record`, `bad_data` if a newer version wrote it */
export function readHead(key: Buffer, value: Buffer): GameHead {
  const content = openRecord(key, value)
  if (content[0] !== FORMAT) {
    const sentence = `It is kept in format ${content[0] ?? '?'}; this version knows format ${FORMAT}.`
    throw new BeamcadeError('bad_data', sentence)
  }
  const [id, engine] = new PlainReader(content, 1).value() as [unknown, unknown]
  if (typeof id !== 'string' || typeof engine !== 'string') throw new BeamcadeError('bad_record')
  return { id, engine }
}

const REQUEST = 0
const SNAPSHOT = 1

/** @throws BeamcadeError `not_storable` */
export function baseRecord(writer: PlainWriter, key: Buffer, origin: Origin): Record {
  return makeRecord(writer, key, () => {
    if ('snapshot' in origin) {
      writer.byte(SNAPSHOT)
      writer.bytes(origin.snapshot)
    } else {
      writer.byte(REQUEST)
      writer.value(origin.request)
    }
  })
}

/** @throws BeamcadeError `bad_record` */
export function readBase(key: Buffer, value: Buffer): Origin {
  const content = openRecord(key, value)
  if (content[0] === SNAPSHOT) return { snapshot: content.subarray(1) }
  return { request: new PlainReader(content, 1).value() }
}

/** The inputs in one record. @throws BeamcadeError `bad_record` */
export function* readInputs(key: Buffer, value: Buffer): Iterable<unknown> {
  const reader = new PlainReader(openRecord(key, value))
  while (!reader.done) yield reader.value()
}

/** Why a game was set aside. */
export function asideRecord(writer: PlainWriter, key: Buffer, id: string | undefined, why: unknown): Record {
  return makeRecord(writer, key, () => {
    writer.byte(FORMAT)
    const { code, message } = isBeamcadeError(why) ? why : { code: 'internal', message: String(why) }
    writer.value({ id, code, message })
  })
}
