/** A client that does nothing wrong: whatever others do, its game goes on, bit for bit that of its twin in this process. */
import type { MettagridGame } from '../../src/engines/mettagrid/index.ts'
import type { MettaGridResponse, StepResult } from '../../src/gen/mettagrid/rpc/v1/mettagrid_pb.ts'
import type { Fuzz } from '../support/fuzz.ts'
import type { Board } from './boards.ts'
import { Peer, wordsOf, type Payload } from './peer.ts'

interface Expected {
  readonly id: string
  readonly what: string
  /** Undefined if the answer is the right one; else what is wrong. */
  readonly wrong: (answer: MettaGridResponse) => string | undefined
}

export class Honest {
  steps = 0
  games = 0
  readonly #fuzz: Fuzz
  readonly #port: number
  readonly #boards: readonly Board[]
  readonly #id: string
  #asked = 0

  constructor(id: string, port: number, boards: readonly Board[], fuzz: Fuzz) {
    this.#id = id
    this.#port = port
    this.#boards = boards
    this.#fuzz = fuzz
  }

  /** Plays one game after the other until `over`. @throws what was wrong */
  async play(over: () => boolean): Promise<void> {
    while (!over()) await this.#game(over)
  }

  async #game(over: () => boolean): Promise<void> {
    const fuzz = this.#fuzz
    const board = fuzz.pick(this.#boards)
    const seed = fuzz.below(2 ** 32)
    const twin = board.twin(seed)
    let peer = await Peer.connect(this.#port)
    const { config, map } = board.request
    await this.#all(peer, [
      this.#words({ case: 'createGame', value: { gameId: this.#id, config, map, seed } }, 'createResult: '),
    ])
    this.games += 1
    for (let left = 20 + fuzz.below(200); left > 0 && !over(); left -= 1) {
      // Games do not belong to connections.
      if (fuzz.below(40) === 0) {
        await peer.end()
        peer = await Peer.connect(this.#port)
      }
      const batch = Array.from({ length: 1 + fuzz.below(8) }, () => this.#request(twin, board))
      await this.#all(peer, batch)
    }
    await this.#all(peer, [this.#words({ case: 'deleteGame', value: { gameId: this.#id } }, 'deleteResult: ')])
    await peer.end()
  }

  #request(twin: MettagridGame, { agents, flatActions }: Board): readonly [Payload, Expected] {
    const fuzz = this.#fuzz
    const value = { gameId: this.#id }
    switch (fuzz.below(12)) {
      case 0:
        return [{ case: 'getState', value }, this.#expect('state', twin)]
      case 1: {
        const flat = new Array<number>(agents + 1).fill(0)
        const words = 'error: flat_actions length does not match number of agents'
        return this.#words({ case: 'stepGame', value: { ...value, flatActions: flat } }, words)
      }
      default: {
        const flat = Array.from({ length: agents }, () => fuzz.below(flatActions + 1))
        twin.advance({ flat })
        this.steps += 1
        return [{ case: 'stepGame', value: { ...value, flatActions: flat } }, this.#expect('step', twin)]
      }
    }
  }

  /** Sends all, then looks at the answers. */
  async #all(peer: Peer, requests: readonly (readonly [Payload, Expected])[]): Promise<void> {
    for (const [payload, { id }] of requests) peer.send(payload, id)
    for (const [, { id, what, wrong }] of requests) {
      const answer = await peer.answer()
      if (answer === undefined) throw new Error(`${this.#id}: no answer to ${what}: the server ended the connection`)
      if (answer.requestId !== id) throw new Error(`${this.#id}: ${what}: asked as ${id}, answered ${answer.requestId}`)
      const fault = wrong(answer)
      if (fault !== undefined) throw new Error(`${this.#id}: ${what}: ${fault}`)
    }
  }

  #words(payload: Payload, words: string): readonly [Payload, Expected] {
    const what = String(payload.case)
    const wrong = (answer: MettaGridResponse): string | undefined =>
      wordsOf(answer) === words ? undefined : `"${wordsOf(answer)}" instead of "${words}"`
    return [payload, { id: this.#nextId(), what, wrong }]
  }

  /** What the twin shows now. */
  #expect(what: 'step' | 'state', twin: MettagridGame): Expected {
    const { observations, rewards, terminals, truncations, action_success, current_step } = twin.state()
    const floats = new DataView(new ArrayBuffer(4 * rewards.length))
    rewards.forEach((reward, i) => {
      floats.setFloat32(4 * i, reward, true)
    })
    const parts: [field: keyof StepResult, bytes: Uint8Array][] = [
      ['observations', new Uint8Array(observations)],
      ['rewards', new Uint8Array(floats.buffer)],
      ['terminals', Uint8Array.from(terminals, Number)],
      ['truncations', Uint8Array.from(truncations, Number)],
      ['actionSuccess', Uint8Array.from(action_success, Number)],
    ]
    const wrong = ({ payload }: MettaGridResponse): string | undefined => {
      const shown = payload.case === 'stateResult' ? payload.value.snapshot : payload.value
      if (payload.case !== `${what}Result` || shown === undefined) return `"${wordsOf({ payload } as never)}" came`
      const step = shown as StepResult
      if (Number(step.currentStep) !== current_step) return `step ${step.currentStep} instead of ${current_step}`
      const differs = parts.find(([field, bytes]) => Buffer.compare(step[field] as Uint8Array, bytes) !== 0)
      return differs === undefined ? undefined : `${differs[0]} of step ${current_step} differ from those of the twin`
    }
    return { id: this.#nextId(), what: `${what} ${current_step}`, wrong }
  }

  #nextId(): string {
    this.#asked += 1
    return `${this.#id} ${this.#asked}`
  }
}
