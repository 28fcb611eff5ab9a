/** Counters by name, as float32. Names are numbers inside: nothing is hashed or allocated while a game runs. */

/** Numbers for the names of one game's counters. */
export class StatNames {
  readonly #ids = new Map<string, number>()
  readonly #names: string[] = []

  /** The number of a name, a new one if there is none. */
  id(name: string): number {
    const known = this.#ids.get(name)
    if (known !== undefined) return known
    const id = this.#names.length
    this.#ids.set(name, id)
    this.#names.push(name)
    return id
  }

  has(name: string): boolean {
    return this.#ids.has(name)
  }

  get names(): readonly string[] {
    return this.#names
  }
}

/** Counters whose names begin alike and end with something that only the course of the game shows. */
export class StatFamily {
  readonly #names: StatNames
  readonly #prefix: string
  readonly #known = new Map<string, number>()

  constructor(names: StatNames, prefix: string) {
    this.#names = names
    this.#prefix = prefix
  }

  /** The number of one of them. Its name is only made for the first time. */
  id(ending: string): number {
    const known = this.#known.get(ending)
    if (known !== undefined) return known
    const id = this.#names.id(this.#prefix + ending)
    this.#known.set(ending, id)
    return id
  }
}

/** Counters whose names have two parts that only the course of the game shows, with something between them. */
export class StatPairs {
  readonly #names: StatNames
  readonly #prefix: string
  readonly #between: string
  readonly #known = new Map<string, StatFamily>()

  constructor(names: StatNames, prefix: string, between: string) {
    this.#names = names
    this.#prefix = prefix
    this.#between = between
  }

  /** The number of one of them. */
  id(first: string, second: string): number {
    let family = this.#known.get(first)
    if (family === undefined) {
      family = new StatFamily(this.#names, this.#prefix + first + this.#between)
      this.#known.set(first, family)
    }
    return family.id(second)
  }
}

/** The counters of an agent, or of the game. One that was never touched is not there, which differs from being 0. */
export class Stats {
  readonly #names: StatNames
  #values: Float32Array
  #touched: Uint8Array

  constructor(names: StatNames) {
    this.#names = names
    this.#values = new Float32Array(names.names.length)
    this.#touched = new Uint8Array(names.names.length)
  }

  get(id: number): number {
    // What lies outside an array is slow to ask for.
    return id < this.#values.length ? (this.#values[id] ?? 0) : 0
  }

  add(id: number, amount: number): void {
    if (id >= this.#values.length) this.#grow()
    this.#values[id] = (this.#values[id] ?? 0) + amount
    this.#touched[id] = 1
  }

  set(id: number, value: number): void {
    if (id >= this.#values.length) this.#grow()
    this.#values[id] = value
    this.#touched[id] = 1
  }

  /** The counters that were touched, by name. */
  entries(): [name: string, value: number][] {
    return this.#names.names.flatMap((name, id): [string, number][] =>
      this.#touched[id] === 1 ? [[name, this.get(id)]] : [],
    )
  }

  load(entries: Iterable<readonly [name: string, value: number]>): void {
    this.#touched.fill(0)
    this.#values.fill(0)
    for (const [name, value] of entries) this.set(this.#names.id(name), value)
  }

  #grow(): void {
    // Half as much again: names that only some agents know should not cost all of them a copy each.
    const size = Math.max(this.#names.names.length, Math.ceil(this.#values.length * 1.5))
    const values = new Float32Array(size)
    const touched = new Uint8Array(size)
    values.set(this.#values)
    touched.set(this.#touched)
    this.#values = values
    this.#touched = touched
  }
}
