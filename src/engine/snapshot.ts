/**
 * A snapshot as it is handed around: what the engine's `snapshot` gave, with the name of the engine, the step, a version
 * and a checksum. The same bytes lie in a journal, go to callers, and come back from them.
 *
 * | bytes | what                                              |
 * | ----- | ------------------------------------------------- |
 * | 4     | `BCGS`                                            |
 * | 1     | version of this layout, 1                         |
 * | 4     | CRC-32 of all that follows, big-endian            |
 * | 6     | steps since the game began, big-endian            |
 * | 1, n  | length and text of the engine's name, ASCII       |
 * | rest  | what the engine gave                              |
 */
import { crc32 } from 'node:zlib'
import { BeamcadeError, isBeamcadeError, messageOf } from '../errors.ts'
import type { AnyGame, Engine } from './engine.ts'

const MAGIC = 'BCGS'
const VERSION = 1
const HEADER = 16
const MAX_STEPS = 2 ** 48 - 1

export interface Snapshot {
  readonly engine: string
  /** Steps since the game began. */
  readonly steps: number
  /** What the engine's `snapshot` gave, and its `restore` takes. */
  readonly state: Uint8Array
}

/** @throws BeamcadeError `bad_snapshot` if the name or the number of steps has no place in it */
export function sealSnapshot({ engine, steps, state }: Snapshot): Uint8Array {
  if (engine.length > 255 || steps > MAX_STEPS) {
    throw new BeamcadeError('bad_snapshot', `A snapshot has no room for ${steps} steps of ${engine}.`)
  }
  const bytes = Buffer.alloc(HEADER + engine.length + state.length)
  bytes.write(MAGIC, 0, 'latin1')
  bytes[4] = VERSION
  bytes.writeUIntBE(steps, 9, 6)
  bytes[15] = engine.length
  bytes.write(engine, HEADER, 'latin1')
  bytes.set(state, HEADER + engine.length)
  bytes.writeUInt32BE(crc32(bytes.subarray(9)), 5)
  return bytes
}

/** Reads what may have come from anywhere. @throws BeamcadeError `bad_snapshot` */
export function openSnapshot(bytes: Uint8Array): Snapshot {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (view.toString('latin1', 0, 4) !== MAGIC) throw bad('they do not begin as one')
  const version = view[4]
  if (version !== VERSION) throw bad(`they are of version ${version ?? '?'}, and this is version ${VERSION}`)
  const nameLength = view[15] ?? 0
  const end = HEADER + nameLength
  if (nameLength === 0 || view.length < end) throw bad('they end too early')
  if (view.readUInt32BE(5) !== crc32(view.subarray(9))) throw bad('their checksum is wrong: some were changed or lost')
  return {
    engine: view.toString('latin1', HEADER, end),
    steps: view.readUIntBE(9, 6),
    state: new Uint8Array(bytes.buffer, bytes.byteOffset + end, bytes.length - end),
  }
}

/** Bytes from anywhere: whatever an engine throws at them, it is they that are wrong. @throws BeamcadeError `bad_snapshot` */
export function fromSnapshot(engine: Engine, state: Uint8Array): AnyGame {
  try {
    return engine.restore(state)
  } catch (error) {
    if (isBeamcadeError(error)) throw error
    const sentence = `The engine ${engine.name} cannot continue from this snapshot: ${messageOf(error)}`
    throw new BeamcadeError('bad_snapshot', sentence, { cause: error })
  }
}

function bad(why: string): BeamcadeError {
  return new BeamcadeError('bad_snapshot', `These bytes are no snapshot of a game: ${why}.`)
}
