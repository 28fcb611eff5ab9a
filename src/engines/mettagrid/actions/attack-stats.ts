/** What is counted of attacks, without making the names each time. */
import { type StatNames, StatPairs } from '../world/stats.ts'

/** `action.attack.<group for which it counts>.<what has happened>` */
export class AttackStats {
  readonly plain: StatPairs
  readonly blockedBy: StatPairs
  readonly hit: StatPairs
  readonly hitBy: StatPairs
  readonly #pairs: (what: string) => StatPairs
  readonly #resources: readonly string[]
  readonly #steals: StatPairs[] = []

  constructor(stats: StatNames, resources: readonly string[]) {
    this.#pairs = (what) => new StatPairs(stats, 'action.attack.', `.${what}`)
    this.#resources = resources
    this.plain = this.#pairs('')
    this.blockedBy = this.#pairs('blocked_by.')
    this.hit = this.#pairs('hit.')
    this.hitBy = this.#pairs('hit_by.')
  }

  steals(item: number): StatPairs {
    return (this.#steals[item] ??= this.#pairs(`steals.${this.#resources[item] ?? ''}.from.`))
  }
}
