/** Import for its effect: `toEqual` compares atoms by name, and not what the encoder keeps in them. */
import { expect } from '@jest/globals'
import { Atom } from '../../src/erlang/etf/terms.ts'

expect.addEqualityTesters([
  (a: unknown, b: unknown) => (a instanceof Atom && b instanceof Atom ? a.name === b.name : undefined),
])
