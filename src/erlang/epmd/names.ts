/** The names that the embedded epmd knows, and the creations that it gives out. No sockets and no clock here. */
import type { NodeInfo } from './wire.ts'

/** A node that is registered. */
export interface Registered extends NodeInfo {
  readonly creation: number
  /** Counts registrations; stands where OTP's epmd prints a descriptor. */
  readonly number: number
}

const FIRST_CREATION = 4
const LAST_CREATION = 0xffff_ffff

/**
 * Creations tell the lives of a node apart: for each name they start at the time and go up by one. It is the time in
 * milliseconds (its low 32 bits), not in seconds as in OTP's epmd: this one often ends with its node, and when both are
 * back within a second, the pids of the new life must not be those of the old one.
 */
export class Names {
  readonly #active = new Map<string, Registered>()
  /** Names that are free again, oldest first, with the last creation. */
  readonly #old = new Map<string, Registered>()
  readonly #maxOld: number
  readonly #nowMs: () => number
  #count = 0

  /** @param maxOld how many free names are remembered, with their last creation */
  constructor(maxOld: number, nowMs: () => number) {
    this.#maxOld = maxOld
    this.#nowMs = nowMs
  }

  /** Registers a node; undefined if the name is taken. A node of protocol version 5 gets a creation from 1 to 3. */
  add(node: NodeInfo): Registered | undefined {
    if (this.#active.has(node.name)) return undefined
    const last = this.#old.get(node.name)
    this.#old.delete(node.name)
    this.#count += 1
    const registered: Registered = { ...node, creation: this.#creation(node, last), number: this.#count }
    this.#active.set(node.name, registered)
    return registered
  }

  #creation(node: NodeInfo, last: Registered | undefined): number {
    if (node.highVersion < 6) return last !== undefined && last.creation <= 3 ? (last.creation % 3) + 1 : 1
    const next = last !== undefined && last.creation >= FIRST_CREATION ? last.creation + 1 : this.#nowMs() % 2 ** 32
    return next >= FIRST_CREATION && next <= LAST_CREATION ? next : FIRST_CREATION
  }

  /** Frees the name of `registered`, unless somebody else has it by now. */
  remove(registered: Registered): void {
    const { name } = registered
    if (this.#active.get(name) !== registered) return
    this.#active.delete(name)
    this.#old.set(name, registered)
    for (const oldest of this.#old.keys()) {
      if (this.#old.size <= this.#maxOld) break
      this.#old.delete(oldest)
    }
  }

  find(name: string): Registered | undefined {
    return this.#active.get(name)
  }

  active(): readonly Registered[] {
    return [...this.#active.values()]
  }

  /** The text that DUMP answers. */
  dump(): string {
    const active = this.active().map(
      ({ name, port, number }) => `active name     <${name}> at port ${port}, fd = ${number}\n`,
    )
    const old = [...this.#old.values()].map(
      ({ name, port, number }) => `old/unused name <${name}>, port = ${port}, fd = ${number} \n`,
    )
    return [...active, ...old].join('')
  }
}
