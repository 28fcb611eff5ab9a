/**
 * Decides when a process handles its mail. Two ways in:
 *
 * - `deliver`, from the wire: nothing of ours is on the stack, so an idle process handles the message at once, without a
 *   promise or a turn of the event loop. This is the way of every request.
 * - `post`, from code of this program: that code may be in the middle of something, so the message waits until it is done.
 *
 * Either way one handler runs at a time; what it sends to other local processes runs after it, not inside it, so that
 * chains of processes do not grow the stack.
 */
import type { Mail } from './mailbox.ts'
import type { Process } from './process.ts'

export class Scheduler {
  readonly #maxMessages: number
  #ready: Process[] = []
  #running = false
  /** A drain is on its way: by microtask, or by the next turn of the event loop. */
  #scheduled = false
  /** Messages handled since the event loop turned, as far as we know. */
  #spent = 0

  /** @param maxMessages after so many messages the event loop gets its turn, so that chatting processes starve nobody */
  constructor(maxMessages: number) {
    this.#maxMessages = maxMessages
  }

  /** False if the message has to wait, because of its process or of what runs. */
  deliver(process: Process, mail: Mail, origin: string | undefined): boolean {
    if (this.#running || this.#scheduled || !process.idle) return false
    this.#running = true
    try {
      process.handle(mail, origin)
    } finally {
      this.#running = false
    }
    if (this.#ready.length > 0) {
      this.#spent = 0
      this.#drain()
    }
    return true
  }

  post(process: Process, mail: Mail, origin: string | undefined, weight: number): void {
    process.mailbox.push(mail, origin, weight)
    this.wake(process)
  }

  /** Lets a process run that has mail and does not wait for a promise. */
  wake(process: Process): void {
    if (process.queued || process.waiting) return
    process.queued = true
    this.#ready.push(process)
    if (this.#running || this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(this.#drain)
  }

  readonly #drain = (): void => {
    this.#scheduled = false
    this.#running = true
    let next = 0
    while (next < this.#ready.length && this.#spent < this.#maxMessages) {
      const process = this.#ready[next] as Process
      next += 1
      process.queued = false
      // One message each in turn: fair, and the order between processes is that of their messages.
      if (process.handleNext()) {
        this.#spent += 1
        if (process.mailbox.length > 0) this.wake(process)
      }
      if (next > 1024) {
        this.#ready = this.#ready.slice(next)
        next = 0
      }
    }
    this.#ready = this.#ready.slice(next)
    this.#running = false
    if (this.#ready.length === 0) return
    this.#scheduled = true
    setImmediate(() => {
      this.#spent = 0
      this.#drain()
    })
  }
}
