/** A MettaGrid game as the rest of the program sees it: values in, values out. */
import { BeamcadeError } from '../../errors.ts'
import { defineEngine, type Engine, type Game, type Value } from '../../engine/index.ts'
import { checkLimits, DEFAULT_LIMITS, type Limits } from './config/limits.ts'
import { readMap } from './config/map.ts'
import { Copies } from './copies.ts'
import { type ManyOptions, type ManyResult, stepMany } from './many.ts'
import { type Seen, seenInWords } from './observe/seen.ts'
import { render } from './render.ts'
import { makeRules } from './rules.ts'
import { fromSnapshot, type GameRequest, takeSnapshot } from './snapshot.ts'
import { Stepper } from './step.ts'
import { mettagridTrace } from './trace/index.ts'
import { World } from './world/world.ts'

/** One action for each agent: as positions in the list of flat actions, or as types and arguments. */
export type StepInput =
  { readonly flat: readonly number[] } | { readonly types: readonly number[]; readonly args: readonly number[] }

/** What a step shows, with the caller's own arrays. */
export interface StepResult {
  /** Three bytes a token: location, feature, value; unused tokens are 255, 255, 255. Agent after agent. */
  observations: Uint8Array
  /** After sharing in groups, each a float32. */
  rewards: number[]
  terminals: boolean[]
  truncations: boolean[]
  action_success: boolean[]
  current_step: number
}

/** What a step shows, in the game's own arrays: flags are bytes of 0 or 1. */
export interface StepView {
  readonly observations: Uint8Array
  readonly rewards: Float32Array
  readonly terminals: Uint8Array
  readonly truncations: Uint8Array
  readonly success: Uint8Array
  readonly step: number
}

export class MettagridGame implements Game<StepInput, StepResult> {
  readonly world: World
  readonly #request: GameRequest
  readonly #limits: Limits
  readonly #stepper: Stepper
  #watcher: ((input: unknown) => void) | undefined
  /** The observations without the byte that belongs to nobody. */
  readonly #sight: Uint8Array
  readonly #copies: Copies

  /**
   * @param copies where the copies lie that it hands out; games share it
   * @throws BeamcadeError `bad_game`
   */
  constructor(request: GameRequest, limits: Limits = DEFAULT_LIMITS, copies = new Copies()) {
    this.#copies = copies
    this.#request = request
    this.#limits = limits
    const rules = makeRules(request.config, limits)
    this.world = new World(rules, readMap(request.map, new Set(rules.types.keys()), limits), request.seed)
    this.#sight = this.world.observations.subarray(0, -1)
    this.#stepper = new Stepper(this.world)
    this.#stepper.begin()
  }

  step(input: StepInput): StepResult {
    this.advance(input)
    return this.state()
  }

  /** @throws BeamcadeError `wrong_number_of_actions`, `too_many_steps`, `answer_too_large`: nothing was stepped then */
  stepMany(inputs: readonly StepInput[], options: ManyOptions): ManyResult {
    for (let i = 0; i < inputs.length; i++) this.#check(inputs[i] as StepInput, i)
    const advance = (i: number): void => {
      this.advance(inputs[i] as StepInput)
    }
    return stepMany(this.world, inputs.length, advance, options, this.#limits)
  }

  /** A step without its result, which stays in the world: for many steps in a row. */
  advance(input: StepInput): void {
    this.#check(input)
    if ('flat' in input) this.#setFlat(input.flat)
    else this.#setTyped(input.types, input.args)
    this.#stepper.step()
    this.#watcher?.(input)
  }

  watch(watcher: (input: unknown) => void): void {
    this.#watcher = watcher
  }

  /** What {@link state} shows, where it lies: the next step changes it. */
  view(): StepView {
    const { rewards, terminals, truncations, success, step } = this.world
    return { observations: this.#sight, rewards, terminals, truncations, success, step }
  }

  state(): StepResult {
    const { rewards, terminals, truncations, success, step } = this.world
    return {
      observations: this.#copies.of(this.#sight),
      rewards: numbers(rewards),
      terminals: flags(terminals),
      truncations: flags(truncations),
      action_success: flags(success),
      current_step: step,
    }
  }

  /** What agents see, in words. @throws BeamcadeError `bad_argument`, `answer_too_large` */
  words(agents?: readonly number[]): Seen[] {
    return seenInWords(this.world, agents)
  }

  /** The board, a line for each row. */
  render(): string[] {
    return render(this.world)
  }

  snapshot(): Uint8Array {
    return takeSnapshot(this.world, this.#request)
  }

  info(): Record<string, Value> {
    const { grid, agents, step, rules } = this.world
    return {
      agents: agents.length,
      current_step: step,
      height: grid.height,
      width: grid.width,
      observation_tokens: rules.config.num_observation_tokens,
      flat_actions: rules.flat.map((action) => action.name),
    }
  }

  close(): void {
    // It holds nothing but memory.
  }

  /** @param position of the step, where there are several */
  #check(input: StepInput, position?: number): void {
    const agents = this.world.agents.length
    if ('flat' in input) {
      if (input.flat.length === agents) return
      throw wrongNumber('flat_actions length does not match number of agents', `${input.flat.length}`, agents, position)
    }
    const { types, args } = input
    if (types.length === agents && args.length === agents) return
    const got = `${types.length} types and ${args.length} arguments`
    throw wrongNumber('action_types/action_args must match number of agents', got, agents, position)
  }

  #setFlat(flat: readonly number[]): void {
    const { types, args, rules } = this.world
    for (let i = 0; i < flat.length; i++) {
      const action = rules.flat[flat[i] ?? -1]
      types[i] = action?.type ?? -1
      args[i] = action?.arg ?? 0
    }
  }

  #setTyped(types: readonly number[], args: readonly number[]): void {
    this.world.types.set(types)
    this.world.args.set(args)
  }
}

// Plain loops: iterators over typed arrays would take longer than a step.

function numbers(from: Float32Array): number[] {
  const out: number[] = []
  for (let i = 0; i < from.length; i++) out.push(from[i] ?? 0)
  return out
}

function flags(from: Uint8Array): boolean[] {
  const out: boolean[] = []
  for (let i = 0; i < from.length; i++) out.push(from[i] !== 0)
  return out
}

function wrongNumber(reference: string, got: string, agents: number, position?: number): BeamcadeError {
  const where = position === undefined ? '' : ` in steps[${position}]`
  const sentence = `${reference}: ${got} for ${agents}${where}; nothing was stepped.`
  return new BeamcadeError('wrong_number_of_actions', sentence, {
    details: { reference, agents, ...(position !== undefined && { position }) },
  })
}

/** The engine of these games. */
export type MettagridEngine = Engine<GameRequest, MettagridGame>

/** The engine. @param limits those that differ from the defaults */
export function mettagridEngine(limits: Partial<Limits> = {}): MettagridEngine {
  const all = checkLimits({ ...DEFAULT_LIMITS, ...limits })
  const copies = new Copies()
  const make = (request: GameRequest): MettagridGame => new MettagridGame(request, all, copies)
  const making = {
    create: make,
    restore: (snapshot: Uint8Array) => fromSnapshot(snapshot, make),
  }
  return defineEngine<GameRequest, MettagridGame>({
    name: 'mettagrid',
    doc: 'Grid worlds with agents that move, collect and fight, bit for bit those of MettaGrid.',
    ...making,
    trace: mettagridTrace(making),
  })
}
