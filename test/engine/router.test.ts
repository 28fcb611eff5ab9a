import { describe, expect, test } from '@jest/globals'
import {
  boolean,
  defineOperation,
  list,
  Name,
  object,
  Opaque,
  text,
  value,
  type Args,
  type Value,
} from '../../src/engine/index.ts'
import { isBeamcadeError } from '../../src/errors.ts'
import { counterHouse } from '../support/counter-game.ts'

type House = ReturnType<typeof counterHouse>

function call(house: House, target: string, args: Args, wire = 'test') {
  const [module = '', name = ''] = target.split(':')
  return house.router.call({ module, name, args, wire })
}

/** The error of a call that must fail at once. */
function failure(house: House, target: string, args: Args): { code: string; message: string } {
  try {
    void call(house, target, args)
  } catch (error) {
    if (isBeamcadeError(error)) return { code: error.code, message: error.message }
    throw error
  }
  throw new Error(`${target} did not fail`)
}

const count = (n: number): Value => new Map([['count', n]])

describe('a call', () => {
  test('takes arguments by position or by name, in any form of text', () => {
    const house = counterHouse()
    expect(call(house, 'counter:create', ['a', 1])).toEqual(new Map([['game_id', 'a']]))
    expect(call(house, 'counter:step', [new TextEncoder().encode('a'), 2])).toEqual(count(3))
    expect(call(house, 'counter:step', [[97], 2n])).toEqual(count(5))
    const named = new Map<Value, Value>([
      ['by', 1],
      [new Name('game_id'), new Name('a')],
    ])
    expect(call(house, 'counter:step', named)).toEqual(count(6))
  })

  test('may leave out optional parameters, also by null', () => {
    const house = counterHouse()
    void call(house, 'counter:create', ['a', 1, null])
    expect(failure(house, 'counter:create', ['a', 1]).code).toBe('game_exists')
    const takeOver = new Map([[new Name('if_exists'), new Name('take_over')]])
    void call(house, 'counter:create', ['a', 7, takeOver])
    expect(call(house, 'counter:step', ['a', 1])).toEqual(count(8))
  })

  test('fails with a sentence that says what was expected and what came', () => {
    const house = counterHouse()
    void call(house, 'counter:create', ['a', 1])
    expect(failure(house, 'counter:create', ['b', 256])).toEqual({
      code: 'bad_argument',
      message: 'start: expected an integer from 0 to 255, got the integer 256.',
    })
    expect(failure(house, 'counter:step', ['a', 'x']).message).toBe('by: expected an integer, got a string "x".')
    expect(failure(house, 'counter:step', new Map([['by', 1]])).message).toBe(
      'game_id is missing: expected a string of at most 255 bytes.',
    )
    expect(failure(house, 'counter:step', new Map([['bye', 1]])).message).toBe(
      'counter:step takes 2 arguments (game_id, by), not "bye".',
    )
    expect(failure(house, 'counter:create', ['b', 1, new Map([['if_exist', 'error']])]).message).toBe(
      'options: unknown key "if_exist"; known are if_exists.',
    )
    expect(failure(house, 'counter:create', ['b', 1, new Map([['if_exists', 'x']])]).message).toBe(
      'options.if_exists: expected one of error, take_over, got a string "x".',
    )
  })

  test('reaches nothing outside the table', () => {
    const house = counterHouse()
    expect(failure(house, 'os:cmd', ['ls'])).toEqual({
      code: 'unknown_operation',
      message: 'os:cmd cannot be called: there is no module os.',
    })
    expect(failure(house, 'counter:constructor', []).message).toBe(
      'counter:constructor cannot be called: there is no operation constructor. counter has create, step.',
    )
    expect(failure(house, 'counter:step', ['a'])).toEqual({
      code: 'wrong_arity',
      message: 'counter:step takes 2 arguments (game_id, by), got 1.',
    })
    expect(failure(house, 'counter:create', []).message).toBe(
      'counter:create takes 2 to 3 arguments (game_id, start, options), got 0.',
    )
    expect(failure(house, 'beamcade:describe', ['a', 'b']).message).toBe(
      'beamcade:describe takes 0 arguments or 1 argument (of), got 2.',
    )
    expect(failure(house, '__proto__:toString', []).code).toBe('unknown_operation')
  })

  test('finds the operation of the right arity, or with the right names', () => {
    const house = counterHouse()
    const echo = (doc: string, names: readonly string[]) =>
      defineOperation({
        module: 'say',
        name: 'it',
        doc,
        params: names.map((name) => ({ name, doc: name, schema: text() })),
        output: text(),
        handler: () => doc,
      })
    house.operations.add(echo('one', ['a']), echo('two', ['b', 'c']))
    expect(call(house, 'say:it', ['x'])).toBe('one')
    expect(call(house, 'say:it', ['x', 'y'])).toBe('two')
    expect(call(house, 'say:it', new Map([['b', 'x'], ['c', 'y']]))).toBe('two') // prettier-ignore
    expect(failure(house, 'say:it', []).message).toBe('say:it takes 1 argument (a) or 2 arguments (b, c), got 0.')
    expect(() => {
      house.operations.add(echo('three', ['d']))
    }).toThrow('There is say:it with 1 arguments already.')
  })
})

describe('depth', () => {
  function nested(levels: number): Value {
    let deep: Value = 1
    for (let i = 0; i < levels; i++) deep = i % 2 === 0 ? [deep] : new Map([['k', deep]])
    return deep
  }

  test('512 levels pass, 513 are refused, whatever the schema says', () => {
    const house = counterHouse()
    const same = { module: 'echo', doc: 'Answers its argument.', output: value(), params: [{ name: 'it', doc: 'Any.', schema: value() }] } as const // prettier-ignore
    house.operations.add(
      defineOperation({ ...same, name: 'shallow', handler: ({ it }) => it }),
      defineOperation({ ...same, name: 'deep', maxDepth: 131_072, handler: ({ it }) => it }),
    )
    const fits = nested(512)
    expect(call(house, 'echo:shallow', [fits])).toBe(fits)
    expect(failure(house, 'echo:shallow', [nested(513)])).toEqual({
      code: 'too_deep',
      message: 'The arguments are nested deeper than 512 levels.',
    })
    expect(failure(house, 'counter:step', ['a', nested(100_000)]).code).toBe('too_deep')
    const deep = nested(100_000)
    expect(call(house, 'echo:deep', [deep])).toBe(deep)
    expect(failure(house, 'echo:deep', [nested(131_073)]).code).toBe('too_deep')
  })
})

describe('a handler', () => {
  const fails = (name: string, wires: 'all' | 'erlang', handler: () => boolean | Promise<boolean>) =>
    defineOperation({ module: 'odd', name, doc: 'Odd.', wires, params: [], output: boolean(), handler })

  test('that breaks is answered internal and reported, at once or by promise', async () => {
    const house = counterHouse()
    const told: string[] = []
    house.events.subscribe('operation.failed', ({ operation }) => told.push(operation))
    const broken = () => {
      throw new RangeError('no')
    }
    house.operations.add(
      fails('now', 'all', broken),
      fails('later', 'all', () => Promise.reject(new RangeError('no'))),
    )
    expect(failure(house, 'odd:now', [])).toEqual({
      code: 'internal',
      message: 'odd:now failed by a fault of its own.',
    })
    await expect(call(house, 'odd:later', [])).rejects.toMatchObject({ code: 'internal' })
    expect(told).toEqual(['odd:now', 'odd:later'])
  })

  test('may promise its answer', async () => {
    const house = counterHouse()
    house.operations.add(fails('soon', 'all', () => Promise.resolve(true)))
    await expect(call(house, 'odd:soon', [])).resolves.toBe(true)
  })

  test('for Erlang only is not there for others', () => {
    const house = counterHouse()
    house.operations.add(fails('inner', 'erlang', () => true))
    expect(failure(house, 'odd:inner', []).code).toBe('unknown_operation')
    expect(call(house, 'odd:inner', [], 'erlang')).toBe(true)
  })

  test('that answers something else than it promised is found out in tests', () => {
    const house = counterHouse()
    house.operations.add(fails('liar', 'all', () => 'no' as unknown as boolean))
    expect(failure(house, 'odd:liar', []).message).toBe('answer: expected true or false, got a string "no".')
  })
})

test('list, info and describe are operations like the others', () => {
  const house = counterHouse()
  void call(house, 'counter:create', ['a', 3])
  const facts: [string, Value][] = [['game_id', 'a'], ['engine', 'counter'], ['pid', null]] // prettier-ignore
  expect(call(house, 'games:list', [])).toEqual([new Map(facts)])
  expect(call(house, 'games:info', ['a'])).toEqual(new Map<Value, Value>([...facts, ['facts', count(3)]]))
  const all = call(house, 'beamcade:describe', []) as ReadonlyMap<string, Value>[]
  expect(all.map((entry) => entry.get('usage'))).toEqual([
    'games:list()',
    'games:info(game_id)',
    'games:snapshot(game_id)',
    'games:restore(game_id, snapshot, [options])',
    'games:trace(game_id)',
    'beamcade:describe()',
    'beamcade:describe(of)',
    'counter:create(game_id, start, [options])',
    'counter:step(game_id, by)',
  ])
  const [one] = call(house, 'beamcade:describe', ['counter:create']) as ReadonlyMap<string, Value>[]
  const params = one?.get('params') as ReadonlyMap<string, Value>[]
  expect(params.map((param) => param.get('type'))).toEqual([
    'string',
    'integer 0..255',
    '{if_exists?: error | take_over}',
  ])
  expect(one?.get('returns')).toBe('{game_id: string}')
  expect(failure(house, 'beamcade:describe', ['nothing']).message).toBe(
    'There is nothing called "nothing"; modules are games, beamcade, counter.',
  )
})

test('what only a gateway understands passes as an opaque value', () => {
  const house = counterHouse()
  const pid = new Opaque('erlang', { id: 1 })
  const back = defineOperation({
    module: 'who',
    name: 'called',
    doc: 'Answers who called.',
    params: [],
    output: object({ callers: list(value()) }),
    handler: (_, { caller }) => ({ callers: caller === undefined ? [] : [caller] }),
  })
  house.operations.add(back)
  const answer = house.router.call({ module: 'who', name: 'called', args: [], wire: 'erlang', caller: pid })
  expect(answer).toEqual(new Map([['callers', [pid]]]))
})
