/** A game played with the keys of a terminal. */
import { isBeamcadeError } from '../errors.ts'
import { Canvas } from './canvas.ts'
import type { Io } from './command.ts'
import { Keyboard } from './keys.ts'
import { actionKeys, keyHelp } from './play-keys.ts'
import type { Player } from './player.ts'

const HINT = 'arrows or wasd move   : any action   ? help   q quits'

/** Resolves when it was quit. */
export async function playKeys(player: Player, io: Io): Promise<void> {
  const canvas = new Canvas(io)
  const keyboard = new Keyboard(io)
  const keys = actionKeys(player.actions)
  const draw = (...below: string[]): void => {
    const { terminated, truncated } = player.outcome()
    const over = terminated || truncated ? ['The episode is over; the game goes on if you do.'] : []
    canvas.picture(player.picture(), [player.title()], [...over, ...below])
  }
  let said = HINT
  try {
    for (;;) {
      draw(said)
      const key = await keyboard.next()
      said = HINT
      if (key === 'q' || key === 'quit' || key === undefined) return
      if (key === '?') {
        draw(...keyHelp(player.actions, io.stdout.columns))
        if ((await keyboard.next()) === 'quit') return
      } else if (key === ':') {
        said = command(player, await ask(keyboard, (text) => { draw(`action: ${text}`) })) // prettier-ignore
      } else {
        const action = keys.get(key)
        if (action === undefined) said = `${key} does nothing here   ${HINT}`
        else player.step(action)
      }
    }
  } finally {
    keyboard.close()
  }
}

/** A line of text; the empty one if it was given up. */
async function ask(keyboard: Keyboard, show: (text: string) => void): Promise<string> {
  for (let text = ''; ;) {
    show(text)
    const key = await keyboard.next()
    if (key === 'enter') return text
    if (key === undefined || key === 'escape' || key === 'quit') return ''
    if (key === 'backspace') text = text.slice(0, -1)
    else if (key.length === 1) text += key
  }
}

/** @returns what there is to say then */
function command(player: Player, text: string): string {
  if (text === '') return HINT
  try {
    player.step(player.actionOf(text))
    return HINT
  } catch (error) {
    if (isBeamcadeError(error)) return error.message
    throw error
  }
}
