/** Encodes one term. Connections use {@link Encoder}, which writes into a buffer that is used again. */
import { Encoder } from './encoder.ts'
import type { EncodeOptions } from './leaf-writer.ts'
import type { Term } from './terms.ts'

/**
 * The bytes of `term`, version byte 131 first, as `term_to_binary/1` writes them where it has only one form.
 * @throws BeamcadeError `bad_argument` (no Erlang term), `too_deep`, `too_large`
 */
export function encode(term: Term, options: EncodeOptions = {}): Uint8Array {
  return new Encoder({ ...options, slabBytes: 256, partBytes: Infinity }).encode(term)
}
