import { expect, test } from '@jest/globals'
import { act, play, seen, statsOf, tokens, type Sketch } from '../../support/mettagrid-game.ts'

const block = { wall: { swappable: true, tag_ids: [3] } }

/** A game in which all agents look east. */
function east(rows: readonly string[], more: Partial<Sketch> = {}) {
  const game = play({
    rows,
    legend: { b: 'block' },
    objects: { block },
    actions: ['swap', 'noop', 'move', 'attack'],
    ...more,
  })
  for (const agent of game.world.agents) game.world.turn(agent, 3)
  return game
}

const places = ({ world }: ReturnType<typeof play>) =>
  world.objects.flatMap((object) => (object === undefined ? [] : [`${object.type.name} ${object.row},${object.col}`]))

test('a swap changes places with a wall that allows it', () => {
  const game = east(['@b.'])
  expect(act(game, 'swap').action_success).toEqual([true])
  expect(places(game)).toEqual(['agent 0,1', 'block 0,0'])
  expect(statsOf(game)).toMatchObject({ 'action.swap.block': 1, 'action.swap.success': 1 })
  // The window has moved with the agent: the block is to the west of it now.
  expect(seen(game, 0x23)).toEqual([])
  expect(seen(game, 0x21)).toEqual([[0, 10], [6, 1], [13, 3]]) // prettier-ignore
  expect(act(game, 'swap').action_success).toEqual([false])
})

test('a swap fails with anything else, and at the edge, where the cell ahead is one of its own', () => {
  const others = {
    block,
    mill: { converter: {} },
    altar: { assembler: {} },
    box: { chest: {} },
  }
  for (const ahead of ['#', '@', '.', 'm', 'a', 'c', '']) {
    const game = east([`@${ahead}`], {
      legend: { m: 'mill', a: 'altar', c: 'box' },
      objects: others,
      config: { resource_names: ['ore'] },
    })
    const before = places(game)
    const rest = game.world.agents.slice(1).map(() => 'noop')
    expect([ahead, act(game, 'swap', ...rest).action_success[0]]).toEqual([ahead, false])
    expect(places(game)).toEqual(before)
  }
})

test('a swap changes places with a frozen agent, which is not freed by it', () => {
  const game = east(['@@.'], { agents: { agent: { freeze_duration: 3 } } })
  act(game, 'attack_0', 'noop')
  expect(act(game, 'swap', 'swap').action_success).toEqual([true, false])
  const [one, other] = game.world.agents
  expect([one?.col, other?.col, other?.frozen]).toEqual([1, 0, 1])
  expect(statsOf(game)).toMatchObject({ 'action.swap.agent': 1 })
  expect(game.world.grid.at(0, 1, 0)).toBe(one?.id)
  expect(game.world.grid.at(0, 0, 0)).toBe(other?.id)
  expect(tokens(game, 0).filter(([, feature]) => feature === 2)).toEqual([
    [0x22, 2, 0],
    [0x21, 2, 1],
  ])
})

test('what others see of a block moves with it', () => {
  const game = east(['@b...', '.....', '..@..'])
  const blocks = (agent: number) => tokens(game, agent).flatMap(([at, feature]) => (feature === 6 ? [at] : []))
  expect(blocks(1)).toEqual([0x01])
  act(game, 'swap', 'noop')
  expect(blocks(1)).toEqual([0x00])
  act(game, 'move_west', 'noop') // It only turns: the block is in the way.
  act(game, 'swap', 'noop')
  expect([blocks(1), places(game)]).toEqual([[0x01], ['agent 0,0', 'block 0,1', 'agent 2,2']])
})
