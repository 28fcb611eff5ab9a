/** The agents on the eight cells around an assembler: they use it together, whoever moved into it. */
import type { Agent } from '../objects/agent.ts'
import { type Recipe, takenPart } from '../objects/recipe.ts'
import { AGENT_LAYER, type Grid, NOTHING } from './grid.ts'
import type { Inventory } from './inventory.ts'

/** NW, N, NE, W, E, SW, S, SE. */
const AROUND = [-1, 0, 1]
  .flatMap((row) => [-1, 0, 1].map((col) => [row, col] as const))
  .filter((at) => at.some(Boolean))

interface Place {
  readonly row: number
  readonly col: number
}

/** One for a whole world: what it holds is of the last question. It allocates nothing. */
export class Ring {
  readonly #grid: Grid
  readonly #agentWithId: (id: number) => Agent
  readonly #offsets: Int32Array
  readonly #agents: Agent[] = []
  #size = 0
  readonly #sharing: Inventory[] = []
  readonly #glyphs = new Uint8Array(AROUND.length)

  /** @param grid has a rim: cells around the edge can be looked at */
  constructor(grid: Grid, agentWithId: (id: number) => Agent) {
    this.#grid = grid
    this.#agentWithId = agentWithId
    this.#offsets = Int32Array.from(AROUND, ([row, col]) => grid.offset(row, col))
  }

  /** Finds the agents around a place, the round beginning with one of them. */
  gather({ row, col }: Place, first: Place): void {
    const centre = this.#grid.index(row, col)
    const begin = this.#offsets.indexOf(this.#grid.index(first.row, first.col) - centre)
    this.#size = 0
    for (let i = 0; i < AROUND.length; i++) {
      const id = this.#idAt(centre, (begin + i) % AROUND.length)
      if (id !== NOTHING) this.#agents[this.#size++] = this.#agentWithId(id)
    }
  }

  /**
   * What the agents around a place show, as one number: their glyphs in ascending order, a byte each, in the 32 bits of a
   * signed integer, so that of more than four only the last four count. 0: they show nothing.
   */
  sign({ row, col }: Place): number {
    const centre = this.#grid.index(row, col)
    let shown = 0
    for (let i = 0; i < AROUND.length; i++) {
      const id = this.#idAt(centre, i)
      if (id === NOTHING) continue
      const { glyph } = this.#agentWithId(id)
      if (glyph !== 0) shown = this.#insert(glyph, shown)
    }
    let sign = 0
    for (let i = 0; i < shown; i++) sign = (sign << 8) | (this.#glyphs[i] ?? 0)
    return sign
  }

  /** Whether those gathered hold together what a share of a recipe takes. Their sum is a byte, as in the reference. */
  canAfford(recipe: Recipe, share: number): boolean {
    for (const [item, amount] of recipe.inputs) {
      let together = 0
      for (let i = 0; i < this.#size; i++) together += this.#agents[i]?.inventory.amount(item) ?? 0
      if ((together & 0xff) < takenPart(amount, share)) return false
    }
    return true
  }

  /**
   * Spreads an amount over those gathered (takes it from them, if negative) as evenly as room and stock allow; of what
   * cannot be spread evenly the first ones get more. Their stats do not follow, as in the reference.
   */
  share(item: number, amount: number): void {
    const sharing = this.#sharing
    for (let i = 0; i < this.#size; i++) {
      const agent = this.#agents[i]
      if (agent === undefined) continue
      agent.stale = true
      sharing[i] = agent.inventory
    }
    let left = amount
    let kept = this.#size
    let considered
    do {
      // Those for whom an even part is more than they can take get what they can, and are out.
      considered = kept
      kept = 0
      let sharers = considered
      let each = Math.trunc(left / sharers)
      for (let i = 0; i < considered; i++) {
        const inventory = sharing[i]
        if (inventory === undefined) continue
        if ((left > 0 ? inventory.room(item) : inventory.amount(item)) > Math.abs(each)) {
          sharing[kept++] = inventory
          continue
        }
        left -= inventory.change(item, each)
        sharers -= 1
        if (sharers > 0) each = Math.trunc(left / sharers)
      }
    } while (kept !== considered)
    for (let i = kept - 1; i >= 0; i--) left -= sharing[i]?.change(item, Math.trunc(left / (i + 1))) ?? 0
  }

  #idAt(centre: number, position: number): number {
    return this.#grid.cells[centre + (this.#offsets[position] ?? 0) + AGENT_LAYER] ?? NOTHING
  }

  /** Puts a glyph where it belongs among the first `count`. @returns how many there are now */
  #insert(glyph: number, count: number): number {
    let at = count
    for (; at > 0 && (this.#glyphs[at - 1] ?? 0) > glyph; at--) this.#glyphs[at] = this.#glyphs[at - 1] ?? 0
    this.#glyphs[at] = glyph
    return count + 1
  }
}
