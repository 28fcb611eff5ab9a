// What is measured, a file each. A part is
//   name    what the command line calls it
//   doc     what is measured, against what
//   rows    { row, unit, least | most, base?, baseUnit? }: what a row must reach, as a multiple of its base if it has one
//   start   ({ dist, folder, quick, ms }) => { round(n), stop() }; throws a sentence if something that it needs is missing
// and a round answers samples: { row, value, base?, cpu? } or { row, error }. `cpu` is the ratio by processor time.
import elixir from './elixir.mjs'
import engine from './engine.mjs'
import journal from './journal.mjs'
import memory from './memory.mjs'
import socket from './socket.mjs'

export const PARTS = [engine, socket, elixir, journal, memory]
