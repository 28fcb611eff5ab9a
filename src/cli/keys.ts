/** The keys of a terminal, one by one. */
import type { Io } from './command.ts'

/** Sequences that terminals send for keys that are no character. */
const NAMES: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  H: 'home',
  F: 'end',
  '1~': 'home',
  '4~': 'end',
  '5~': 'page up',
  '6~': 'page down',
}

const CHARACTERS: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\u001b': 'escape',
  '\u0003': 'quit',
  '\u0004': 'quit',
  '\u007f': 'backspace',
  '\b': 'backspace',
}

// eslint-disable-next-line no-control-regex -- an escape is what a sequence begins with
const KEY = /\u001b[[O](?:[0-9;]*([A-Za-z~]))|./gsu

/** The names of the keys in what a terminal sent: `a`, `up`, `enter`. Ctrl-C and Ctrl-D are `quit`. */
function keysIn(text: string): string[] {
  return [...text.matchAll(KEY)].map(([sequence]) => {
    if (sequence.length === 1 || !sequence.startsWith('\u001b')) return CHARACTERS[sequence] ?? sequence
    return NAMES[sequence.slice(2)] ?? NAMES[sequence.slice(-1)] ?? 'unknown'
  })
}

/** True if keys come from a person who sees what is drawn. */
export function interactive({ stdin, stdout }: Io): boolean {
  return stdin.isTTY === true && stdout.isTTY === true
}

/** Gives keys as they are pressed, until it is closed. */
export class Keyboard {
  readonly #io: Io
  readonly #pressed: string[] = []
  #waiting: ((key: string) => void) | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(io: Io) {
    this.#io = io
    io.stdin.setRawMode?.(true)
    io.stdin.setEncoding('utf8').on('data', this.#onData).once('end', this.#onEnd)
    if (io.signal.aborted) this.#onEnd()
    io.signal.addEventListener('abort', this.#onEnd, { once: true })
    io.stdin.resume()
  }

  /** The next key; `quit` when no more can come. @param ms wait so long at most, and answer undefined then */
  next(ms?: number): Promise<string | undefined> {
    const key = this.#pressed.shift()
    if (key !== undefined) return Promise.resolve(key)
    return new Promise((resolve) => {
      this.#waiting = resolve
      if (ms === undefined) return
      this.#timer = setTimeout(() => {
        this.#waiting = undefined
        resolve(undefined)
      }, ms)
    })
  }

  /** Gives the terminal back as it was. */
  close(): void {
    const { stdin, signal } = this.#io
    clearTimeout(this.#timer)
    stdin.off('data', this.#onData).off('end', this.#onEnd)
    signal.removeEventListener('abort', this.#onEnd)
    stdin.setRawMode?.(false)
    stdin.pause()
  }

  readonly #onData = (text: string): void => {
    for (const key of keysIn(text)) this.#press(key)
  }

  readonly #onEnd = (): void => {
    this.#press('quit')
  }

  #press(key: string): void {
    const waiting = this.#waiting
    if (waiting === undefined) {
      this.#pressed.push(key)
      return
    }
    clearTimeout(this.#timer)
    this.#waiting = undefined
    waiting(key)
  }
}
