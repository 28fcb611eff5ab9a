/** What actions need and cost. */
import { badGame, refused } from '../config/limits.ts'
import type { ActionDefinition } from '../config/actions.ts'
import { inHashOrder } from '../world/hash-order.ts'
import type { Random } from '../world/random.ts'

export type Amounts = readonly (readonly [item: number, amount: number])[]

export interface Cost {
  readonly required: Amounts
  /** float32; a fraction is drawn by chance. */
  readonly consumed: Amounts
}

type Base = NonNullable<NonNullable<ActionDefinition['noop']>['base']>

/** @throws BeamcadeError `bad_game` */
export function costOf(action: string, base: Base | undefined, resources: number): Cost {
  const required = inHashOrder(base?.required ?? {})
  const consumed = inHashOrder(base?.consumed ?? {}).map(([item, amount]) => [item, Math.fround(amount)] as const)
  checkResources(action, 'required', required, resources)
  checkResources(action, 'consumed', consumed, resources)
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
  return { required, consumed }
}

/** @throws BeamcadeError `bad_game` for an item that there is no resource for */
export function checkResources(action: string, field: string, amounts: Amounts, resources: number): void {
  const strange = amounts.find(([item]) => item >= resources)
  if (strange === undefined) return
  throw refused(`The action ${action} has resource ${strange[0]} in ${field}; there are ${resources} resource_names.`)
}

/** A whole number near `amount`: its fraction is the chance of one more. Draws only if there is a fraction. */
export function drawWhole(random: Random, amount: number): number {
  const whole = Math.floor(amount)
  const fraction = Math.fround(amount - whole)
  return fraction > 0 && random.fraction() < fraction ? whole + 1 : whole
}
