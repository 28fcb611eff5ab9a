/** Decodes a term that is the whole input. Connections use {@link Decoder}, which keeps its atoms. */
import { BeamcadeError } from '../../errors.ts'
import { AtomTable } from './atom-table.ts'
import { Decoder } from './decoder.ts'
import type { DecodeOptions } from './leaf-reader.ts'
import type { Term } from './terms.ts'

/**
 * The term that `bytes` holds, version byte 131 first.
 * @throws BeamcadeError `bad_term` (malformed, truncated, or bytes left over), `too_deep`, `too_large`
 */
export function decode(bytes: Uint8Array, options: DecodeOptions = {}): Term {
  const decoder = new Decoder({ ...options, atoms: options.atoms ?? new AtomTable(64) })
  const term = decoder.decodeAt(bytes)
  const left = bytes.length - decoder.position
  if (left > 0) throw new BeamcadeError('bad_term', `${left} bytes too many behind the term.`)
  return term
}
