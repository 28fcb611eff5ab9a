/**
 * The clipper: it puts assemblers out of use, by chance, and sooner the closer they are to others that are out of use. It has
 * random numbers of its own, from the same seed. Sums are float32, each step of them.
 */
import { checkItems, itemsOf } from './config/items.ts'
import { badGame } from './config/limits.ts'
import type { ClipperConfig } from './config/objects.ts'
import { type Assembler, NOT_CLIPPED } from './objects/assembler.ts'
import type { Setup } from './objects/object.ts'
import { timedRecipe, type TimedRecipe } from './objects/recipe.ts'
import type { Grid } from './world/grid.ts'
import { Random } from './world/random.ts'

export interface ClipperRules {
  /** What frees an assembler. */
  readonly recipes: readonly TimedRecipe[]
  readonly lengthScale: number
  readonly cutoff: number
  readonly rate: number
}

/** @throws BeamcadeError `bad_game` */
export function clipperRules(config: ClipperConfig, setup: Setup): ClipperRules {
  if (config.unclipping_recipes.length === 0) throw badGame('Clipper config provided but unclipping_recipes is empty')
  return {
    recipes: config.unclipping_recipes.map((recipe, place) => {
      const mentioned = {
        [`unclipping_recipes[${place}].inputs`]: itemsOf(recipe.inputs),
        [`unclipping_recipes[${place}].outputs`]: itemsOf(recipe.outputs),
      }
      checkItems('The clipper', mentioned, setup.resources.length)
      return timedRecipe(recipe, setup)
    }),
    lengthScale: Math.fround(config.length_scale),
    cutoff: Math.fround(config.cutoff_distance),
    rate: Math.fround(config.clip_rate),
  }
}

export class Clipper {
  readonly random: Random
  /** By position among the assemblers that can be clipped: how much clipped ones around it weigh. */
  readonly weights: Float32Array
  /** By position: 1 if one in reach was clipped since it was clipped itself. */
  readonly border: Uint8Array
  readonly #assemblers: readonly Assembler[]
  readonly #positions: ReadonlyMap<Assembler, number>
  readonly #rules: ClipperRules
  readonly #scale: number
  readonly #cutoff: number

  /**
   * Clips those that are clipped from the start.
   * @param assemblers all of the map, in the order of their ids, which the reference leaves to memory addresses
   */
  constructor(rules: ClipperRules, assemblers: readonly Assembler[], grid: Grid, seed: number) {
    this.#rules = rules
    this.random = new Random(seed)
    this.#assemblers = assemblers.filter(({ type }) => !type.immune)
    this.#positions = new Map(this.#assemblers.map((assembler, position) => [assembler, position]))
    this.weights = new Float32Array(this.#assemblers.length)
    this.border = new Uint8Array(this.#assemblers.length)
    const { lengthScale, cutoff } = rules
    this.#scale = lengthScale > 0 ? lengthScale : percolationScale(grid, this.#assemblers.length)
    this.#cutoff = cutoff > 0 ? cutoff : Math.fround(3 * this.#scale)
    for (const [position, { type }] of this.#assemblers.entries()) if (type.startClipped) this.#clip(position, 0)
  }

  /** One step: perhaps one more is clipped. */
  tick(step: number): void {
    if (this.random.fraction() >= this.#rules.rate) return
    const position = this.#pick()
    if (position !== undefined) this.#clip(position, step)
  }

  /** Agents freed an assembler. */
  freed(assembler: Assembler): void {
    const position = this.#positions.get(assembler)
    if (position === undefined) return
    this.#weigh(position, -1)
    if ((this.weights[position] ?? 0) > 0) this.border[position] = 1
  }

  #clip(position: number, step: number): void {
    this.#weigh(position, 1)
    this.border[position] = 0
    this.#assemblers[position]?.clip(this.random.below(this.#rules.recipes.length), step)
  }

  /** Adds what an assembler weighs for those in reach of it, or takes it away. */
  #weigh(from: number, sign: number): void {
    const centre = this.#assemblers[from]
    if (centre === undefined || this.#rules.rate <= 0) return
    for (const [position, other] of this.#assemblers.entries()) {
      if (position === from) continue
      const [rows, cols] = [centre.row - other.row, centre.col - other.col]
      const distance = Math.fround(Math.sqrt(rows * rows + cols * cols))
      if (distance > this.#cutoff) continue
      const weight = Math.fround(Math.exp(Math.fround(-distance / this.#scale)))
      this.weights[position] = (this.weights[position] ?? 0) + sign * weight
      if (sign > 0 && other.clipped === NOT_CLIPPED) this.border[position] = 1
    }
  }

  /** One of the border, each as likely as it weighs; any that is not clipped if the border is empty. */
  #pick(): number | undefined {
    const { weights, border } = this
    let total = 0
    for (let i = 0; i < border.length; i++) if (border[i] === 1) total = Math.fround(total + (weights[i] ?? 0))
    let left = Math.fround(this.random.fraction() * total)
    for (let i = 0; i < border.length; i++) {
      if (border[i] !== 1) continue
      left = Math.fround(left - (weights[i] ?? 0))
      if (left <= 0) return i
    }
    return this.#pickAny()
  }

  #pickAny(): number | undefined {
    let free = 0
    for (const { clipped } of this.#assemblers) if (clipped === NOT_CLIPPED) free += 1
    if (free === 0) return undefined
    let skip = this.random.below(free)
    return this.#assemblers.findIndex(({ clipped }) => clipped === NOT_CLIPPED && skip-- === 0)
  }
}

/** Cells over which clipping should spread so that it just gets through the whole map, by how dense assemblers are on it. */
function percolationScale({ height, width }: Grid, assemblers: number): number {
  const apart = Math.fround(Math.max(width, height) / Math.fround(Math.sqrt(assemblers)))
  const critical = Math.sqrt(Math.fround(Math.fround(4.51) / Math.fround(4 * Math.fround(Math.PI))))
  return Math.fround(apart * Math.fround(critical))
}
