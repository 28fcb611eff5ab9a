// The processes of a run: each ends with it, and each says what went wrong.
import { fork, spawn, spawnSync } from 'node:child_process'

const running = new Set()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))

function kept(child) {
  running.add(child)
  child.on('exit', () => running.delete(child))
  return child
}

/** Starts a program that ends with this one. */
export function launch(command, args, options) {
  return kept(spawn(command, args, options))
}

/** Runs a program to its end. @returns what it printed; throws its first line of errors */
export function run(command, args, options = {}) {
  const { error, status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', ...options })
  if (error?.code === 'ENOENT') throw new Error(`${command} is not installed`)
  if (error) throw error
  if (status !== 0) throw new Error(`${command}: ${(stderr || stdout).trim().split('\n')[0]}`)
  return stdout
}

/** A Node process that answers one message at a time (`answer` in the worker's file). */
export class Worker {
  #child
  #waiting

  constructor(file, args = [], execArgv = []) {
    this.#child = kept(fork(file, args, { execArgv }))
    this.#child.on('message', ({ error, answer }) => {
      if (error === undefined) this.#waiting?.resolve(answer)
      else this.#waiting?.reject(new Error(error))
    })
    this.#child.on('exit', (code, signal) => this.#waiting?.reject(new Error(`${file} ended with ${code ?? signal}`)))
  }

  ask(question) {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#child.send(question)
    })
  }

  stop() {
    this.#child.kill('SIGKILL')
  }
}

/** In a worker: answers each question with what `reply` makes of it. */
export function answer(reply) {
  process.on('message', async (question) => {
    try {
      process.send({ answer: await reply(question) })
    } catch (error) {
      process.send({ error: error.message })
    }
  })
  process.on('disconnect', () => process.exit(0))
}
