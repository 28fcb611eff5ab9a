/** Atoms and texts that the protocols of OTP are made of. */
import { Atom, type Term } from '../etf/terms.ts'

export const A = {
  alias: new Atom('alias'),
  badrpc: new Atom('badrpc'),
  data: new Atom('data'),
  enotsup: new Atom('enotsup'),
  erpc: new Atom('erpc'),
  error: new Atom('error'),
  EXIT: new Atom('EXIT'),
  exit: new Atom('exit'),
  features_reply: new Atom('features_reply'),
  gen_call: new Atom('$gen_call'),
  gen_cast: new Atom('$gen_cast'),
  gen_server: new Atom('gen_server'),
  header: new Atom('header'),
  io_reply: new Atom('io_reply'),
  is_auth: new Atom('is_auth'),
  module: new Atom('module'),
  nonexisting_name: new Atom('nonexisting_name'),
  normal: new Atom('normal'),
  ok: new Atom('ok'),
  return: new Atom('return'),
  rex: new Atom('rex'),
  running: new Atom('running'),
  shutdown: new Atom('shutdown'),
  status: new Atom('status'),
  suspended: new Atom('suspended'),
  throw: new Atom('throw'),
  undef: new Atom('undef'),
  yes: new Atom('yes'),
} as const

/** A text as Erlang's strings are: a list of code points. */
export function charlist(text: string): readonly Term[] {
  return Array.from(text, (character) => character.codePointAt(0) ?? 0)
}
