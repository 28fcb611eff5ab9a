/** One atomic write of LevelDB. */
import type { Database } from './group-writer.ts'

/**
 * @param values of the keys; undefined: that key is deleted
 * @throws LevelDB's error, or the promise is rejected with it
 */
export async function writeBatch(
  database: Database,
  keys: readonly Buffer[],
  values: readonly (Buffer | undefined)[],
  options: { sync: boolean },
): Promise<void> {
  const [key, value] = [keys[0], values[0]]
  if (keys.length === 1 && key !== undefined && value !== undefined) return database.put(key, value, options)
  const operations = database.batch()
  for (const [i, key] of keys.entries()) {
    const value = values[i]
    if (value === undefined) operations.del(key)
    else operations.put(key, value)
  }
  return operations.write(options)
}
