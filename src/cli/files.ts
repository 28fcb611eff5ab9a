/** Files that are named on the command line. */
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { BeamcadeError, messageOf } from '../errors.ts'
import type { Io } from './command.ts'

/** @throws BeamcadeError `bad_usage` */
export function readFile(io: Io, path: string): Buffer {
  try {
    return readFileSync(resolve(io.cwd, path))
  } catch (error) {
    throw new BeamcadeError('bad_usage', `${path} cannot be read: ${messageOf(error)}.`, {
      hint: 'Check the path.',
      cause: error,
    })
  }
}

/** @throws BeamcadeError `bad_usage` */
export function readJson(io: Io, path: string): unknown {
  const text = readFile(io, path).toString()
  try {
    return JSON.parse(text)
  } catch (error) {
    const hint = 'The file must hold one JSON value.'
    throw new BeamcadeError('bad_usage', `${path} is no JSON: ${messageOf(error)}.`, { hint, cause: error })
  }
}

/** @throws BeamcadeError `bad_usage` */
export function writeFile(io: Io, path: string, text: string): void {
  try {
    writeFileSync(resolve(io.cwd, path), text)
  } catch (error) {
    throw new BeamcadeError('bad_usage', `${path} cannot be written: ${messageOf(error)}.`, {
      hint: 'Check the path, and that there is room.',
      cause: error,
    })
  }
}
