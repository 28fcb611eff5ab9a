/** What actions need and cost. */
import { checkItems, itemsOf } from '../config/items.ts'
import { badGame } from '../config/limits.ts'
import type { ActionDefinition } from '../config/actions.ts'
import { type Amounts, inHashOrder } from '../world/hash-order.ts'
import type { Random } from '../world/random.ts'

export interface Cost {
  /** Nothing is needed, and so nothing consumed. */
  readonly free: boolean
  readonly required: Amounts
  /** float32; a fraction is drawn by chance. */
  readonly consumed: Amounts
}

type Base = NonNullable<NonNullable<ActionDefinition['noop']>['base']>

/** @throws BeamcadeError `bad_game` */
export function costOf(action: string, base: Base | undefined, resources: number): Cost {
  const required = inHashOrder(base?.required ?? {})
  const consumed = inHashOrder(base?.consumed ?? {}).map(([item, amount]) => [item, Math.fround(amount)] as const)
  const mentioned = { required: itemsOf(base?.required ?? {}), consumed: itemsOf(base?.consumed ?? {}) }
  checkItems(`The action ${action}`, mentioned, resources)
  const held = new Map(required)
  for (const [item, amount] of consumed) {
    if (amount < 0) {
      throw badGame('Consumed resources must be non-negative and finite', `${action} has ${amount} of resource ${item}`)
    }
    const needed = held.get(item)
    if (needed === undefined) throw badGame(`Consumed resource item ${item} not found in required resources`)
    if (needed < Math.ceil(amount)) {
      const facts = `${action} consumes ${amount} of resource ${item} and requires ${needed}`
      throw badGame('Required resources must be >= ceil(consumed resources)', facts)
    }
  }
  return { free: required.length === 0, required, consumed }
}

/** A whole number near `amount`, which is not negative: its fraction is the chance of one more. Draws only if there is a fraction. */
export function drawWhole(random: Random, amount: number): number {
  const whole = Math.floor(amount)
  const fraction = Math.fround(amount - whole)
  return fraction > 0 && random.fraction() < fraction ? whole + 1 : whole
}
