/** One step of a world, in the exact order of the reference: everything in it can be seen from outside. */
import { perform, punish } from './actions/perform.ts'
import type { Handler } from './actions/index.ts'
import type { Agent } from './objects/agent.ts'
import { Observer } from './observe/observer.ts'
import { GroupSharing, payStats } from './rewards.ts'
import type { World } from './world/world.ts'

/** Drives a world. It allocates nothing in a step. */
export class Stepper {
  readonly #world: World
  readonly #observer: Observer
  readonly #sharing: GroupSharing
  /** Whether agents get anything with time, and whether stats are worth anything. */
  readonly #regenerates: boolean
  readonly #stats: boolean

  constructor(world: World) {
    this.#world = world
    this.#observer = new Observer(world)
    this.#sharing = new GroupSharing(world.agents)
    this.#regenerates = world.rules.config.inventory_regen_interval > 0
    this.#stats = world.agents.some(({ type }) => type.rewards.length > 0)
  }

  /** What there is to see before the first step: as if everybody had just done action 0. */
  begin(): void {
    this.#observer.observe()
  }

  /** Does the actions in `world.types` and `world.args`. */
  step(): void {
    const world = this.#world
    const { rewards, success, episodeRewards } = world
    for (let i = 0; i < rewards.length; i++) rewards[i] = success[i] = 0
    world.step += 1
    // Events first: what is finished now can be taken out in this step.
    for (const converter of world.converters) converter.tick(world.step)
    this.#act()
    if (world.rules.lossProbability > 0) loseResources(world)
    if (this.#regenerates) regenerate(world)
    world.clipper?.tick(world.step)
    this.#observer.observe()
    // After the observations: what stats pay is never seen in them.
    if (this.#stats) payStats(world)
    let any = false
    for (let i = 0; i < rewards.length; i++) {
      const reward = rewards[i] ?? 0
      if (reward === 0) continue
      episodeRewards[i] = (episodeRewards[i] ?? 0) + reward
      any = true
    }
    raiseFlags(world)
    if (any) this.#sharing.share(world)
  }

  #act(): void {
    const world = this.#world
    const { random, order, types, rules } = world
    const { handlers } = rules
    random.shuffle(order)
    for (let priority = rules.maxPriority; priority >= 0; priority--) {
      for (let i = 0; i < order.length; i++) {
        const index = order[i] ?? 0
        const type = types[index] ?? 0
        const handler = type >= 0 && type < handlers.length ? handlers[type] : undefined
        // What does not exist is refused at every priority: with attack in the game it is charged twice.
        if (handler === undefined || handler.priority === priority) actOf(world, index, type, handler)
      }
    }
  }
}

function actOf(world: World, index: number, type: number, handler: Handler | undefined): void {
  const agent = world.agents[index]
  if (agent === undefined) return
  const arg = world.args[index] ?? 0
  if (handler === undefined) {
    refuse(world, agent, world.rules.stats.invalidType, `action.invalid_type.${type}.${arg}`)
  } else if (arg < 0 || arg > handler.maxArg) {
    refuse(world, agent, world.rules.stats.invalidArg, `action.invalid_arg.${type}.${arg}`)
  } else {
    world.success[index] = perform(world, agent, type, handler, arg) ? 1 : 0
  }
}

/** An action that does not exist: counted, in total and by its numbers, and punished. */
function refuse(world: World, agent: Agent, total: number, name: string): void {
  const { statNames, limits } = world.rules
  agent.stats.add(total, 1)
  if (!statNames.has(name) && world.invalidStats < limits.maxInvalidStats) {
    world.invalidStats += 1
    statNames.id(name)
  }
  if (statNames.has(name)) agent.stats.add(statNames.id(name), 1)
  world.success[agent.index] = 0
  punish(world, agent)
}

/** Each held resource loses its share; what is less than one is drawn by chance, always. */
function loseResources(world: World): void {
  const { random, rules } = world
  for (const agent of world.agents) {
    const { inventory } = agent
    for (let i = 0; i < inventory.size;) {
      const item = inventory.items[i] ?? 0
      const loss = Math.fround(rules.lossProbability * inventory.amount(item))
      const whole = Math.floor(loss)
      agent.change(item, -(random.fraction() < Math.fround(loss - whole) ? whole + 1 : whole))
      // What is used up leaves its place to the next.
      if (i < inventory.size && inventory.items[i] === item) i += 1
    }
  }
}

function regenerate(world: World): void {
  const { inventory_regen_interval: interval } = world.rules.config
  if (world.step % interval !== 0) return
  for (const agent of world.agents) for (const [item, amount] of agent.type.regeneration) agent.change(item, amount)
}

function raiseFlags({ rules, step, truncations, terminals }: World): void {
  const { max_steps, episode_truncates } = rules.config
  if (max_steps > 0 && step >= max_steps) (episode_truncates ? truncations : terminals).fill(1)
}
