/** What `start` prints: log lines and the word that it is ready, as JSON lines or for people. */
import type { Config } from '../config.ts'
import type { Events } from '../events.ts'
import { attachLog } from '../observe/log.ts'
import type { Level } from '../observe/lines.ts'
import type { Io } from './command.ts'

export class Output {
  readonly #io: Io
  readonly #json: boolean
  /** Lines from before the ready line, which is the first that a program reads; undefined once it is out. */
  #held: string[] | undefined

  constructor(io: Io, config: Config, events: Events) {
    this.#io = io
    this.#json = config.json ?? io.stdout.isTTY !== true
    this.#held = this.#json ? [] : undefined
    const colour = !this.#json && io.stdout.isTTY === true && (io.env['NO_COLOR'] ?? '') === ''
    attachLog(events, {
      json: this.#json,
      debug: config.debug,
      colour,
      write: (line, level) => {
        this.#write(line, level)
      },
    })
  }

  /** Says that the server is ready: an event for programs, a text for people. */
  ready(event: Readonly<Record<string, unknown>>, text: () => string): void {
    const held = this.#held ?? []
    this.#held = undefined
    this.#io.stdout.write(this.#json ? `${JSON.stringify(event)}\n` : text())
    for (const line of held) this.#io.stdout.write(line)
  }

  #write(line: string, level: Level): void {
    if (this.#held === undefined) this.#io.stdout.write(line)
    // What hinders the start is told at once.
    else if (level === 'warn' || level === 'error') this.#io.stderr.write(line)
    else this.#held.push(line)
  }
}
