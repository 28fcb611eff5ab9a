/** Attacks beside honest clients, until enough was done; then a look at what is left. */
import type { MettaGridResponse } from '../../src/gen/mettagrid/rpc/v1/mettagrid_pb.ts'
import { Fuzz } from '../support/fuzz.ts'
import { ATTACKS, type World } from './attacks.ts'
import { readBoards } from './boards.ts'
import { Honest } from './honest.ts'
import { Peer, wordsOf } from './peer.ts'
import { Target } from './target.ts'

export interface FuzzOptions {
  readonly seed: number
  /** Ends when so much time is over … */
  readonly seconds?: number
  /** … or when each attacker has done so many attacks. */
  readonly attacks?: number
  readonly attackers?: number
  readonly honest?: number
  /** What the server may hold at most, bytes. */
  readonly maxMemory?: number
}

export interface Counts {
  /** By the name of the attack. */
  readonly attacks: Record<string, number>
  /** Requests that had to be answered, and were. */
  answered: number
  /** Steps of honest clients, each compared, and their games. */
  steps: number
  games: number
  /** Games that attacks left, each compared with what its snapshot makes. */
  left: number
  /** Of the server, bytes. */
  peak: number
  end: number
}

const MIB = 1024 * 1024
/** Between two looks at the games that attacks left. */
const LOOK_MS = 2000
/** Attacks that are slow or large: rarer than the others. */
const RARE: Readonly<Record<string, number>> = {
  'many cells': 8,
  'never reading': 4,
  'many connections that say nothing': 4,
}
/** Replies that no request should bring about. */
const BROKEN = /by a fault of its own|could not be written|is not a function|Cannot read prop|undefined/

/** @throws at the first thing that is wrong, with the seed and the attack */
export async function fuzzSocket(options: FuzzOptions): Promise<Counts> {
  const { seed, seconds = Infinity, attacks = Infinity, maxMemory = 1536 * MIB } = options
  const { attackers = 4, honest: honestClients = 3 } = options
  const boards = readBoards()
  // A client that takes nothing is cut off while we look.
  const target = await Target.start(['--socket-stall-ms', '2000'])
  const counts: Counts = { attacks: {}, answered: 0, steps: 0, games: 0, left: 0, peak: 0, end: 0 }
  const until = performance.now() + seconds * 1000
  let failure: Error | undefined
  let attacking = attackers
  const over = (): boolean => failure !== undefined || performance.now() > until
  const failed = (what: string) => (error: unknown) => {
    failure ??= new Error(`${what}, seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error }) // prettier-ignore
  }
  const look = (answer: MettaGridResponse): void => {
    const words = wordsOf(answer)
    if (BROKEN.test(words)) failed('an answer')(new Error(words))
  }

  async function attack(number: number): Promise<void> {
    const fuzz = new Fuzz(seed * 31 + number)
    let games = 0
    const world: World = {
      port: target.port,
      fuzz,
      boards,
      newId: () => `evil ${number} ${(games += 1)}`,
      connect: () => Peer.connect(target.port, look),
      sent: (frames) => (counts.answered += frames),
    }
    const names = Object.keys(ATTACKS)
    for (let done = 0; done < attacks && !over();) {
      const name = fuzz.pick(names)
      if (fuzz.below(RARE[name] ?? 1) > 0) continue
      done += 1
      await ATTACKS[name]?.(world).catch(failed(`attack "${name}" (${done} of attacker ${number})`))
      counts.attacks[name] = (counts.attacks[name] ?? 0) + 1
    }
    attacking -= 1
  }

  const clients = Array.from({ length: honestClients }, (_, i) => {
    return new Honest(`honest ${i}`, target.port, boards, new Fuzz(seed * 17 + i))
  })
  const spared = new Set(clients.map((_, i) => `honest ${i}`))
  try {
    const running = [
      ...Array.from({ length: attackers }, (_, i) => attack(i)),
      ...clients.map((one) => one.play(() => over() || attacking === 0).catch(failed('an honest client'))),
    ]
    const all = Promise.all(running).then(() => true)
    const later = (): Promise<boolean> => new Promise((resolve) => setTimeout(resolve, LOOK_MS, false))
    for (let done = false; !done;) {
      done = await Promise.race([all, later()])
      target.demandHealth()
      counts.left += await target.checkGames(spared)
      counts.peak = target.memory().peak
      if (counts.peak > maxMemory) throw new Error(`the server took ${Math.round(counts.peak / MIB)} MiB, seed ${seed}`)
    }
    if (failure !== undefined) throw failure
    for (const { steps, games } of clients) {
      counts.steps += steps
      counts.games += games
    }
    counts.left += await target.checkGames(new Set())
    counts.end = target.memory().now
    target.demandHealth()
    const code = await target.stop()
    if (code !== 0) throw new Error(`the server stopped with ${code}, seed ${seed}`)
    return counts
  } finally {
    await target.kill()
  }
}
