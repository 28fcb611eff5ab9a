/** Steps through a recorded game with the keys of a terminal. */
import { Canvas } from './canvas.ts'
import type { Io } from './command.ts'
import { Keyboard } from './keys.ts'
import { differenceLines, titleOf, type Tape } from './tape.ts'

/** Steps a second, when it plays by itself and nobody said how many. */
const SPEED = 5
const FAR = 10

/** Where a key leads to. */
const MOVES: Readonly<Record<string, (step: number, steps: number) => number>> = {
  ' ': (step) => step + 1,
  right: (step) => step + 1,
  left: (step) => step - 1,
  backspace: (step) => step - 1,
  up: (step) => step + FAR,
  'page down': (step) => step + FAR,
  down: (step) => step - FAR,
  'page up': (step) => step - FAR,
  home: () => 0,
  end: (_, steps) => steps,
}

const HELP = [
  'space, →  one step on      ←  one step back      ↑ ↓  ten steps     Home, End  first and last',
  '123 Enter  to that step    p  play by itself, and stop              q  quit       ?  this',
]
const HINT = ['space → ← ↑ ↓ Home End   number Enter   p plays   ? help   q quits']

export interface Replaying {
  readonly io: Io
  readonly focus: number
  /** Steps a second, if it shall play by itself at once. */
  readonly speed: number | undefined
}

/** Resolves when it was quit. */
export async function replayKeys(tape: Tape, { io, focus, speed }: Replaying): Promise<void> {
  const canvas = new Canvas(io)
  const keyboard = new Keyboard(io)
  const { steps } = tape.recording
  let playing = speed !== undefined
  let typed = ''
  let help = false
  try {
    for (;;) {
      const number = typed === '' ? [] : [`go to step ${typed}`]
      const below = [...differenceLines(tape), ...number, ...(help ? HELP : HINT)]
      canvas.picture(tape.picture(focus), titleOf(tape), below)
      const key = await keyboard.next(playing ? 1000 / (speed ?? SPEED) : undefined)
      if (key === 'q' || key === 'quit' || key === 'escape') return
      help = key === '?'
      if (key !== undefined && /^[0-9]$/.test(key)) typed = (typed + key).slice(0, 9)
      else if (key === 'backspace' && typed !== '') typed = typed.slice(0, -1)
      else {
        if (key === 'enter' && typed !== '') tape.goTo(Number(typed))
        else if (key === undefined) tape.goTo(tape.step + 1)
        else if (key !== 'enter') tape.goTo(MOVES[key]?.(tape.step, steps) ?? tape.step)
        if (key !== undefined) playing = key === 'p' && !playing
        if (tape.step === steps) playing = false
        typed = ''
      }
    }
  } finally {
    keyboard.close()
  }
}
