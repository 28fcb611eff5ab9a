/**
 * Where things lie. A key is a letter and numbers of six bytes, big-endian, so that LevelDB's order of bytes is the order
 * of games, and within a game that of its steps.
 *
 * | key                 | what                                                                        |
 * | ------------------- | --------------------------------------------------------------------------- |
 * | `f`                 | the format of the folder                                                    |
 * | `g` game            | a game: its id and its engine                                               |
 * | `b` game            | what it begins with: the request it was made from, or a snapshot            |
 * | `i` game step       | its inputs from that step on: step 0 takes the first one                    |
 * | `q` game            | a game that was set aside, and why                                          |
 * | `q` game, other key | its records, byte for byte as they were found                               |
 *
 * A game gets the next number when it is made, and no number comes twice: what is left of one life of an id is never
 * taken for a part of another.
 */
const NUMBER_BYTES = 6
/** The highest number of a game or step. */
export const MAX_NUMBER = 2 ** 48 - 1

export const FORMAT_KEY = Buffer.from('f')
/** Bytes of the key of an input. */
export const INPUT_KEY_BYTES = 1 + 2 * NUMBER_BYTES
/** Bytes of the other keys of a game. */
export const GAME_KEY_BYTES = 1 + NUMBER_BYTES

export type GameKind = 'g' | 'b' | 'q'

const INPUT = 0x69

/** Writes the key of an input to the front of `bytes`. */
export function writeInputKey(bytes: Buffer, game: number, step: number): void {
  bytes[0] = INPUT
  // In two halves: numbers of 48 bits are slow.
  bytes.writeUInt16BE(Math.floor(game / 0x1_0000_0000), 1)
  bytes.writeUInt32BE(game >>> 0, 3)
  bytes.writeUInt16BE(Math.floor(step / 0x1_0000_0000), 7)
  bytes.writeUInt32BE(step >>> 0, 9)
}

export function inputKey(game: number, step: number): Buffer {
  const key = Buffer.alloc(INPUT_KEY_BYTES)
  writeInputKey(key, game, step)
  return key
}

export function gameKey(kind: GameKind, game: number): Buffer {
  const key = Buffer.alloc(GAME_KEY_BYTES)
  key.write(kind, 'latin1')
  key.writeUIntBE(game, 1, NUMBER_BYTES)
  return key
}

/** Where a record of a game is kept when the game is set aside. */
export function asideKey(game: number, key: Buffer): Buffer {
  return Buffer.concat([gameKey('q', game), key])
}

/** The number of the game in a key, or undefined if it has none. */
export function gameOf(key: Buffer): number | undefined {
  return key.length < GAME_KEY_BYTES ? undefined : key.readUIntBE(1, NUMBER_BYTES)
}

/** True for the key of inputs. */
export function isInputKey(key: Buffer): boolean {
  return key.length === INPUT_KEY_BYTES && key[0] === INPUT
}

/** The number of the step in the key of an input. */
export function stepOf(key: Buffer): number {
  return key.readUIntBE(GAME_KEY_BYTES, NUMBER_BYTES)
}
