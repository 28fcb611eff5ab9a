/** The numbers behind the names of a Python configuration: resources, tags and glyphs. */
import { refused } from '../limits.ts'

type Numbers<T extends number> = Readonly<Record<string, T>>

/** Where something stands in the configuration, for sentences: `game.objects.altar.recipes[0]`. */
export type Where = string

export class Names {
  readonly #resources: ReadonlyMap<string, number>
  readonly #tags: ReadonlyMap<string, number>
  readonly #glyphs: ReadonlyMap<string, number>

  /** @param tags all that are used anywhere: their numbers follow their alphabetical order */
  constructor(resources: readonly string[], tags: Iterable<string>, glyphs: readonly string[]) {
    const sorted = [...new Set(tags)].sort((a, b) => (a < b ? -1 : 1))
    if (sorted.length > 256) throw refused(`There are ${sorted.length} tags; there are numbers for 256.`)
    this.#resources = new Map(resources.map((name, item) => [name, item]))
    this.#tags = new Map(sorted.map((name, tag) => [name, tag]))
    this.#glyphs = new Map(glyphs.map((name, glyph) => [name, glyph]))
  }

  /** Names of tags by their numbers. */
  get tagNames(): Record<number, string> {
    return Object.fromEntries([...this.#tags].map(([name, tag]) => [tag, name]))
  }

  isResource(name: string): boolean {
    return this.#resources.has(name)
  }

  /** @throws BeamcadeError `bad_game` */
  resource(name: string, where: Where): number {
    const item = this.#resources.get(name)
    if (item !== undefined) return item
    const known = [...this.#resources.keys()].join(', ')
    throw refused(`config.${where}: there is no resource ${JSON.stringify(name)}; resource_names are ${known}.`)
  }

  resources(names: readonly string[], where: Where): number[] {
    return names.map((name) => this.resource(name, where))
  }

  /** By number what was by name. */
  byResource<T extends number>(amounts: Numbers<T>, where: Where): Record<number, T> {
    return Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [this.resource(name, where), amount]))
  }

  tags(names: readonly string[]): number[] {
    return names.flatMap((name) => this.#tags.get(name) ?? [])
  }

  /** @throws BeamcadeError `bad_game` for a name that `vibe_names` does not have */
  glyph(name: string | number, where: Where): number {
    const glyph = typeof name === 'number' ? name : this.#glyphs.get(name)
    if (glyph !== undefined) return glyph
    const advice = 'write the number of the glyph, or list the names in game.vibe_names'
    throw refused(`config.${where}: which glyph the vibe ${JSON.stringify(name)} is, is not said: ${advice}.`)
  }
}
