/** Opens the database in a folder: one server at a time, in a format that this version knows. */
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { PlainReader, PlainWriter } from '../engine/index.ts'
import { BeamcadeError, messageOf, systemCode } from '../errors.ts'
import type { Database } from './group-writer.ts'
import { FORMAT_KEY } from './keys.ts'
import { CRC_BYTES, FORMAT, openRecord, sealRecord } from './records.ts'

/** The part of the data folder that is LevelDB's: nothing else may lie in it. */
export const DATABASE_FOLDER = 'store'

/**
 * What is gathered in memory, and in LevelDB's log, before it is sorted into a table. More means less sorting of inputs
 * that a snapshot makes void soon after, and a longer log to read at a start.
 */
const WRITE_BUFFER_BYTES = 16 * 1024 * 1024

/** @throws BeamcadeError `data_in_use`, `bad_data` */
export async function openDatabase(folder: string): Promise<Database> {
  const place = join(folder, DATABASE_FOLDER)
  const database: Database = new ClassicLevel(place, {
    keyEncoding: 'buffer',
    valueEncoding: 'buffer',
    writeBufferSize: WRITE_BUFFER_BYTES,
  })
  try {
    await database.open()
  } catch (error) {
    throw unopened(folder, error)
  }
  try {
    await checkFormat(database, place)
  } catch (error) {
    await database.close()
    throw error
  }
  return database
}

function unopened(folder: string, error: unknown): BeamcadeError {
  const cause = (error as { cause?: unknown }).cause ?? error
  if (systemCode(cause) === 'LEVEL_LOCKED') {
    const sentence = `Another server keeps its games in ${folder}; two in one folder would destroy each other's.`
    return new BeamcadeError('data_in_use', sentence, { cause })
  }
  return new BeamcadeError('bad_data', `The games in ${folder} cannot be opened: ${messageOf(cause)}.`, { cause })
}

async function checkFormat(database: Database, place: string): Promise<void> {
  const value = await database.get(FORMAT_KEY)
  if (value === undefined) {
    const [first] = await database.keys({ limit: 1 }).all()
    if (first !== undefined) throw new BeamcadeError('bad_data', `The database in ${place} is not one of Beamcade.`)
    const record = formatRecord()
    await database.put(record.key, record.value)
    return
  }
  const format = new PlainReader(openRecord(FORMAT_KEY, value)).value()
  if (format === FORMAT) return
  const sentence = `The games in ${place} are kept in format ${String(format)}; this version knows format ${FORMAT}.`
  throw new BeamcadeError('bad_data', sentence)
}

function formatRecord(): ReturnType<typeof sealRecord> {
  const writer = new PlainWriter()
  writer.begin()
  writer.bytes(FORMAT_KEY)
  writer.value(FORMAT)
  return sealRecord(writer.end(CRC_BYTES), FORMAT_KEY.length)
}
