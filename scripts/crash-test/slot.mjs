// One game id as the caller sees it: what was answered, and what is under way. Requests of one process are answered in
// order, so after a crash the game must be where some beginning of what was under way leads to.
import { atom, TermMap, tuple, Twin } from './games.mjs'

/** Requests that one id may have under way. */
export const MAX_DEPTH = 3

export class Slot {
  /** As it was last answered; undefined: no such game. */
  twin
  /** The board that it will have when all that is under way is done. */
  #board
  #agents = 0
  /** What was asked and is not answered, in order. */
  pending = []
  /** When the game was made: answered, and asked. A game whose answer came before another was asked for is older. */
  answeredAt = 0
  askedAt = 0

  /** @param depth requests under way at one time: with several, inputs are written together with a snapshot */
  constructor(id, world, depth) {
    this.id = id
    this.world = world
    this.depth = depth
  }

  /** A connection's process asks for one thing after the other until `life` is over. */
  async drive(life) {
    const flying = new Set()
    while (!life.over) {
      const op = this.#choose()
      const asked = this.#ask(life, op).finally(() => flying.delete(asked))
      flying.add(asked)
      if (flying.size >= this.depth) await Promise.race(flying)
    }
    await Promise.all(flying)
  }

  async #ask(life, op) {
    this.pending.push(op)
    op.askedAt = life.clock()
    let reply
    try {
      const asked = life.call(this, tuple(atom(op.module ?? 'mettagrid'), atom(op.name), op.args))
      life.asked(op)
      reply = await asked
    } catch (error) {
      if (life.over || error.code === 'noconnection') {
        life.over = true
        return
      }
      throw error
    }
    const [tag, value] = reply.elements
    if (tag.name !== 'ok') throw new Error(`${this.id}: ${op.name} was refused: ${value.get(atom('message'))}`)
    if (this.pending.shift() !== op) throw new Error(`${this.id}: ${op.name} was answered out of order`)
    this.#done(op, life.clock())
    const wrong = op.check?.(value)
    if (wrong !== undefined) throw new Error(`${this.id}: the answer of ${op.name} has other ${wrong} than its twin`)
    life.answered(op)
  }

  #done(op, now) {
    op.apply()
    if (op.makes) Object.assign(this, { askedAt: op.askedAt, answeredAt: now })
  }

  /** After a crash: finds how much of what was under way was kept. Throws if the game is at no such place. */
  settle(sealed) {
    const ops = this.pending
    this.pending = []
    // A game that was put in the place of its like may have got younger, and nobody can tell.
    if (ops.some((op) => op.makes)) this.answeredAt = Infinity
    for (let kept = 0; ; kept++) {
      if (this.#is(sealed)) {
        this.#board = this.twin?.board
        this.#agents = this.twin?.agents ?? 0
        return { kept, lost: ops.length - kept }
      }
      if (kept === ops.length) break
      this.#done(ops[kept], Infinity)
    }
    const under = ops.map((op) => op.name).join(', ') || 'nothing'
    const there = sealed === undefined ? 'it is not there' : `${sealed.length} bytes came`
    const wanted = this.twin === undefined ? 'no such game' : `a game at step ${this.twin.steps}`
    throw new Error(`LOST: ${this.id}: ${there}, but with ${under} under way there should be ${wanted} at the latest`)
  }

  #is(sealed) {
    if (sealed === undefined || this.twin === undefined) return sealed === undefined && this.twin === undefined
    return Buffer.compare(sealed, this.twin.sealed()) === 0
  }

  #choose() {
    const { random } = this.world
    if (this.#board === undefined) return this.#create(false)
    const dice = random.next()
    if (dice < 0.86) return this.#step()
    if (dice < 0.92) return this.#stepMany()
    if (dice < 0.95) return this.#create(true)
    if (dice < 0.97) return this.#delete()
    return this.pending.length === 0 ? this.#restore() : this.#step()
  }

  #create(over) {
    const { random, boards } = this.world
    const board = random.pick(boards)
    const seed = random.below(2 ** 32)
    this.#board = board
    this.#agents = this.world.agentsOf(board)
    const options = over ? [new TermMap([atom('if_exists'), atom('take_over')])] : []
    return {
      name: 'create_game',
      args: [this.id, ...board.terms, seed, ...options],
      makes: true,
      apply: () => void (this.twin = Twin.create(board, seed)),
    }
  }

  #delete() {
    this.#board = undefined
    return { name: 'delete_game', args: [this.id], apply: () => void (this.twin = undefined) }
  }

  #flat() {
    const { random } = this.world
    // Also numbers that are no action.
    return Array.from({ length: this.#agents }, () => random.below(this.#board.actions + 1))
  }

  #step() {
    const flat = this.#flat()
    return {
      name: 'step_game',
      args: [this.id, flat],
      apply: () => this.twin.step(flat),
      check: (answer) => this.twin.differs(answer),
    }
  }

  #stepMany() {
    const steps = Array.from({ length: 2 + this.world.random.below(20) }, () => this.#flat())
    return {
      name: 'step_many',
      args: [this.id, steps, new TermMap([atom('observations'), atom('none')])],
      apply: () => steps.forEach((flat) => this.twin.step(flat)),
    }
  }

  /** Goes back to where it is, as if it came from another node. */
  #restore() {
    const { board } = this.twin
    const sealed = this.twin.sealed()
    return {
      module: 'games',
      name: 'restore',
      args: [this.id, sealed, new TermMap([atom('if_exists'), atom('take_over')])],
      makes: true,
      apply: () => void (this.twin = Twin.restore(board, sealed)),
    }
  }
}
