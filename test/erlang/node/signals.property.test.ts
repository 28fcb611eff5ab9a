/**
 * Random histories of links, monitors and ends on two nodes. Once with the network at rest after each step, against a
 * model that knows the answer; once with signals that arrive whenever, where the answer depends on who was first but must
 * be the same on both sides.
 */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { atom, type Atom, type Ref, type Term, Tuple } from '../../../src/erlang/etf/terms.ts'
import type { NodeCore } from '../../../src/erlang/node/core.ts'
import { connect, MemoryNetwork, type Recorder, recorder, settled } from '../../support/memory-nodes.ts'

const COUNT = 6
type Step =
  | { do: 'link' | 'unlink' | 'monitor' | 'demonitor' | 'kill'; who: number; whom: number }
  | { do: 'exit'; who: number; reason: 'normal' | 'boom' }
  | { do: 'disconnect' }
  | { do: 'deliver'; side: number; count: number }

/** Steps of `count` processes; `ends` says how often one ends or the connection does. */
function steps(count: number, ends: number): fc.Arbitrary<Step> {
  const index = fc.nat(count - 1)
  const pair = { who: index, whom: index }
  return fc.oneof(
    { weight: 8, arbitrary: fc.record({ do: fc.constantFrom('link' as const, 'unlink' as const), ...pair }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('monitor' as const, 'demonitor' as const), ...pair }) },
    {
      weight: ends,
      arbitrary: fc.record({
        do: fc.constant('exit' as const),
        who: index,
        reason: fc.constantFrom('normal' as const, 'boom' as const),
      }),
    },
    { weight: ends, arbitrary: fc.record({ do: fc.constant('kill' as const), ...pair }) },
    { weight: ends, arbitrary: fc.constant({ do: 'disconnect' as const }) },
    {
      weight: 8,
      arbitrary: fc.record({
        do: fc.constant('deliver' as const),
        side: fc.nat(1),
        count: fc.integer({ min: 1, max: 3 }),
      }),
    },
  )
}

/** Six processes on two nodes; the even ones trap exits. */
class World {
  readonly network = new MemoryNetwork({ manual: true })
  readonly cores: [NodeCore, NodeCore] = [this.network.core('a@x'), this.network.core('b@x')]
  readonly all: Recorder[] = []
  /** Open monitors: reference, owner and target. */
  readonly monitors: { ref: Ref; who: number; whom: number; open: boolean }[] = []

  async start(): Promise<this> {
    await connect(this.cores[0], 'b@x')
    for (let i = 0; i < COUNT; i += 1) {
      this.all.push(recorder(this.cores[i % 2 === 0 ? 0 : 1], { trapExit: i < 2 }))
    }
    return this
  }

  of(i: number): Recorder {
    return this.all[i] as Recorder
  }

  apply(step: Step): void {
    switch (step.do) {
      case 'link':
        if (step.who !== step.whom) this.of(step.who).process.link(this.of(step.whom).process.pid)
        return
      case 'unlink':
        this.of(step.who).process.unlink(this.of(step.whom).process.pid)
        return
      case 'monitor':
        if (this.of(step.who).process.alive) {
          const ref = this.of(step.who).process.monitor(this.of(step.whom).process.pid)
          this.monitors.push({ ref, who: step.who, whom: step.whom, open: true })
        }
        return
      case 'demonitor': {
        const found = this.monitors.find(({ who, whom, open }) => open && who === step.who && whom === step.whom)
        if (found === undefined) return
        found.open = false
        this.of(step.who).process.demonitor(found.ref)
        return
      }
      case 'kill':
        if (this.of(step.who).process.alive) {
          this.of(step.who).process.exitSignal(this.of(step.whom).process.pid, atom('kill'))
        }
        return
      case 'exit':
        this.of(step.who).process.exit(atom(step.reason))
        return
      case 'disconnect': {
        const [here, there] = this.network.ends ?? []
        here?.close()
        there?.close()
        return
      }
      case 'deliver':
        for (let i = 0; i < step.count; i += 1) this.network.ends?.[step.side]?.deliver()
    }
  }

  async reconnect(): Promise<void> {
    if (this.cores[0].connections.find('b@x') === undefined) await connect(this.cores[0], 'b@x')
  }

  /** Lets everything arrive. */
  async rest(): Promise<void> {
    for (;;) {
      await settled()
      const [here, there] = this.network.ends ?? []
      if (!((here?.deliver() ?? false) || (there?.deliver() ?? false))) return
    }
  }

  /** The active links of the living, as pairs. */
  links(): Set<string> {
    const pairs = new Set<string>()
    this.all.forEach(({ process }, i) => {
      for (const { other, unlinkId } of process.links.values()) {
        expect(unlinkId).toBe(0)
        pairs.add(`${i} ${this.all.findIndex((one) => one.process.pid.equals(other))}`)
      }
    })
    return pairs
  }

  /** How often each monitor fired. */
  fired(ref: Ref): number {
    return this.all.flatMap(({ messages }) => messages).filter((message) => isDown(message, ref)).length
  }
}

function isDown(message: Term, ref: Ref): boolean {
  return message instanceof Tuple && (message.elements[0] as Atom).name === 'DOWN' && ref.equals(message.elements[1])
}

/** What an end does, when nothing is under way. */
class Model {
  readonly alive = Array.from({ length: COUNT }, () => true)
  readonly links = new Set<string>()

  apply(step: Step): void {
    switch (step.do) {
      case 'link': {
        const { who, whom } = step
        if (who === whom || !this.isAlive(who)) return
        if (this.isAlive(whom)) this.links.add(`${who} ${whom}`).add(`${whom} ${who}`)
        // Its link ends at once, with noproc.
        else if (who >= 2) this.end(who, false)
        return
      }
      case 'unlink':
        if (!this.isAlive(step.who)) return
        this.links.delete(`${step.who} ${step.whom}`)
        this.links.delete(`${step.whom} ${step.who}`)
        return
      case 'kill':
        if (this.isAlive(step.who) && this.isAlive(step.whom)) this.end(step.whom, false)
        return
      case 'exit':
        if (this.isAlive(step.who)) this.end(step.who, step.reason === 'normal')
        return
      case 'disconnect':
        for (const pair of [...this.links]) {
          const [a = 0, b = 0] = pair.split(' ').map(Number)
          if (a % 2 === b % 2 || !this.links.delete(pair)) continue
          this.links.delete(`${b} ${a}`)
          for (const one of [a, b]) if (one >= 2 && this.isAlive(one)) this.end(one, false)
        }
    }
  }

  end(who: number, normal: boolean): void {
    this.alive[who] = false
    for (let other = 0; other < COUNT; other += 1) {
      if (!this.links.delete(`${who} ${other}`)) continue
      this.links.delete(`${other} ${who}`)
      if (!normal && other >= 2 && this.isAlive(other)) this.end(other, false)
    }
  }

  isAlive(who: number): boolean {
    return this.alive[who] === true
  }
}

describe('links, monitors and ends', () => {
  test('are what the model says, when the network comes to rest after each step', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps(COUNT, 1), { maxLength: 40 }), async (history) => {
        const world = await new World().start()
        const model = new Model()
        for (const one of history) {
          world.apply(one)
          model.apply(one)
          await world.rest()
          await world.reconnect()
          expect(world.all.map(({ process }) => process.alive)).toEqual(model.alive)
          expect(world.links()).toEqual(model.links)
        }
      }),
      { numRuns: 60 },
    )
  })

  // Few processes and no end: nothing hides that the two sides disagree.
  test.each([
    [2, 0],
    [COUNT, 1],
  ])('are the same on both sides, however signals cross: %i processes', async (count, ends) => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps(count, ends), { minLength: 20, maxLength: 80 }), async (history) => {
        const world = await new World().start()
        for (const one of history) {
          world.apply(one)
          if (one.do === 'disconnect') {
            await settled()
            await world.reconnect()
          }
        }
        await world.rest()
        const links = world.links()
        for (const pair of links) {
          const [a = 0, b = 0] = pair.split(' ').map(Number)
          expect(links.has(`${b} ${a}`)).toBe(true)
          expect(world.of(a).process.alive && world.of(b).process.alive).toBe(true)
        }
        for (const { ref, who, whom, open } of world.monitors) {
          const owner = world.of(who).process
          if (!owner.alive) continue
          const watching = owner.monitors.get(ref) !== undefined
          const fired = world.fired(ref)
          // Open monitors watch or fired, never both; those of the dead fired.
          if (open) expect(fired).toBe(watching ? 0 : 1)
          else expect(watching).toBe(false)
          if (!world.of(whom).process.alive) expect(watching).toBe(false)
        }
        for (const { process } of world.all) {
          if (process.alive) continue
          expect([process.links.size, process.monitors.size, process.watchers.size]).toEqual([0, 0, 0])
        }
        // What a connection remembers is what its processes do.
        for (const core of world.cores) {
          const remote = core.connections.names().map((name) => core.connections.find(name))[0]
          const mine = core.processes()
          expect(remote?.links.size ?? 0).toBe(
            mine.flatMap(({ links }) => [...links.values()]).filter((link) => link.remote !== undefined).length,
          )
          expect(remote?.monitors.size ?? 0).toBe(
            mine.flatMap(({ monitors }) => monitors.values()).filter((entry) => entry.remote !== undefined).length,
          )
        }
      }),
      { numRuns: 200 },
    )
  })
})
