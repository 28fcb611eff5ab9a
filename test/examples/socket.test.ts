/** The clients of examples/socket with a real node: what they get is what the client of Node gets, bit for bit. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import {
  MettaGridClient,
  type GameConfig,
  type MapDefinition,
  type StepResult,
} from '../../src/gateways/socket/client.ts'
import { startServer } from '../support/cli.ts'
import { describeWithClients, makeClients, type Language } from '../support/example-clients.ts'
import { Fuzz } from '../support/fuzz.ts'

const root = join(import.meta.dirname, '../..')
const HEARTS = { config: join(root, 'examples/mettagrid/config.json'), map: join(root, 'examples/mettagrid/map.txt') }
const NAMES: Record<string, string> = { '#': 'wall', '@': 'agent.agent', c: 'converter', _: 'altar', C: 'chest' }
const TEAMS: Record<string, string> = { 1: 'agent.team_1', 2: 'agent.team_2', Z: 'assembler' }
const LANGUAGES = ['python', 'cpp', 'elixir'] as const satisfies Language[]

/** Everything at once: numbers below 0, fractions, maps of each kind, what is nested, what is absent. */
function everything(folder: string): typeof HEARTS {
  const packed = readFileSync(join(root, 'test/vectors/mettagrid/17_kitchen_sink_64x64_24.json.gz'))
  const recorded = JSON.parse(gunzipSync(packed).toString()) as { create_game: { config: GameConfig } }
  const names: Record<string, string> = { 'agent.red': 'agent.team_1', 'agent.blue': 'agent.team_2', mine: 'converter' }
  const { objects = [], ...rest } = recorded.create_game.config
  const config: GameConfig = {
    ...rest,
    episode_truncates: true,
    resource_loss_prob: 0.01,
    inventory_regen_interval: 3,
    reward_estimates: { best: 1.5, 'wörst "case"\n': -0.25 },
    tag_id_map: { 0: 'red', 1: 'blue' },
    allow_diagonals: true,
    clipper: { unclipping_recipes: [{ inputs: { 2: 1 }, cooldown: 3 }], clip_rate: 0.05 },
    objects: objects.map(({ name = '', ...part }) => ({ name: names[name] ?? name, ...part })),
  }
  const given = { config: join(folder, 'everything.json'), map: join(folder, 'everything.txt') }
  writeFileSync(given.config, JSON.stringify(config, undefined, 2))
  writeFileSync(given.map, '########\n#1.c.2.#\n#.__..1#\n#.C.c.2#\n########\n')
  return given
}

function mapOf(text: string): MapDefinition {
  const rows = text.trim().split('\n')
  const cells = rows.flatMap((line, row) =>
    Array.from(line).flatMap((char, col) => {
      const object_type = NAMES[char] ?? TEAMS[char]
      return object_type === undefined ? [] : [{ row, col, object_type }]
    }),
  )
  return { height: rows.length, width: rows[0]?.length ?? 0, cells }
}

const hex = (bytes: Uint8Array | readonly boolean[]) => Buffer.from(bytes.map(Number) as Uint8Array).toString('hex')
const lineOf = ({ observations, rewards, terminals, truncations, actionSuccess, currentStep }: StepResult) =>
  [currentStep, hex(observations), Buffer.from(rewards.buffer).toString('hex'), ...[terminals, truncations, actionSuccess].map(hex)].join(' ') // prettier-ignore

describeWithClients('examples/socket', () => {
  const folder = mkdtempSync(join(tmpdir(), 'beamcade-clients-'))
  let run: Awaited<ReturnType<typeof makeClients>>
  let port = 0
  let client: MettaGridClient
  beforeAll(async () => {
    const [made, server] = await Promise.all([makeClients(folder), startServer({ flags: ['--socket', '127.0.0.1:0'] })])
    run = made
    port = server.ports['socket'] ?? 0
    client = await MettaGridClient.connect({ port })
  })
  afterAll(async () => {
    await client.close()
    rmSync(folder, { recursive: true, force: true })
  })

  async function play(language: Language, ...args: string[]) {
    const child = run(language, ['--port', String(port), ...args])
    return { code: await child.exited, output: child.output }
  }

  test.each(LANGUAGES)('%s plays the game of the examples, and deletes it', async (language) => {
    expect(await play(language)).toEqual({
      code: 0,
      output: expect.stringMatching(/^step 1: action 4 done, /) as unknown,
    })
    const { output } = await play(language, '--game', 'again', '--actions', '4,9,2,4,2,4,99')
    expect(output.trimEnd().split('\n')).toEqual([
      'step 1: action 4 done, reward 0.000, total 0.000',
      'step 2: action 9 done, reward 0.500, total 0.500',
      'step 3: action 2 done, reward 0.000, total 0.500',
      'step 4: action 4 done, reward 0.000, total 0.500',
      'step 5: action 2 done, reward 0.000, total 0.500',
      'step 6: action 4 done, reward 1.000, total 1.500',
      'step 7: action 99 failed, reward 0.000, total 1.500',
      'agent 0 sees:',
      '#......',
      '#...c.@',
      '#..._..',
      '#..@C..',
      '#......',
      '#######',
      '.......',
    ])
    await expect(client.getState('again')).rejects.toMatchObject({ message: 'game_id not found' })
  })

  test.each(LANGUAGES)('%s gets the bits that Node gets', async (language) => {
    const fuzz = new Fuzz(7)
    for (const { config, map } of [HEARTS, everything(folder)]) {
      const actions = Array.from({ length: 120 }, () => fuzz.below(22) - 1)
      const given = {
        config: JSON.parse(readFileSync(config, 'utf8')) as GameConfig,
        map: mapOf(readFileSync(map, 'utf8')),
      }
      await client.createGame('node', { ...given, seed: 4_000_000_000 })
      const lines: string[] = []
      const others = (await client.getState('node')).terminals.slice(1).map(() => 0)
      for (const action of actions) lines.push(lineOf(await client.stepGame('node', [action, ...others])))
      await client.deleteGame('node')
      const flags = ['--config', config, '--map', map, '--seed', '4000000000', '--raw', `--actions=${actions.join()}`]
      const { code, output } = await play(language, ...(language === 'cpp' ? spaced(flags) : flags))
      expect(output.split('\n')).toEqual([...lines, ''])
      expect(code).toBe(0)
    }
  })

  test.each(LANGUAGES)('%s says what the server refuses, and ends with 1', async (language) => {
    await client.createGame('taken', {
      config: JSON.parse(readFileSync(HEARTS.config, 'utf8')) as GameConfig,
      map: mapOf(readFileSync(HEARTS.map, 'utf8')),
    })
    const refused = await play(language, '--game', 'taken')
    expect(refused).toEqual({
      code: 1,
      output: expect.stringMatching(/^play.*: the server says: game_id already exists\n$/) as unknown,
    })
    // The game of the other client lives.
    expect(await client.getState('taken')).toMatchObject({ currentStep: 0 })
    await client.deleteGame('taken')
  })

  test.each(LANGUAGES)('%s: what else goes wrong is a sentence, too', async (language) => {
    const nobody = run(language, ['--port', '1'])
    expect([await nobody.exited, nobody.output]).toEqual([
      1,
      expect.stringMatching(/^play.*127\.0\.0\.1:1: .*refused\n$/i),
    ])
    expect(await play(language, '--config', join(root, 'package.json'))).toEqual({
      code: 1,
      output: expect.stringMatching(/^play/) as unknown,
    })
    expect(await play(language, '--map', join(folder, 'none'))).toEqual({
      code: 1,
      output: expect.stringMatching(/^play.*none/) as unknown,
    })
    const help = run(language, ['--help'])
    expect([await help.exited, help.output]).toEqual([0, expect.stringMatching(/^usage: [^]*--token[^]*--actions/)])
  })

  test('with a token: it is let in with it, and told so without', async () => {
    const env = { BEAMCADE_SOCKET_TOKEN: 'sesame' }
    const guarded = await startServer({ flags: ['--socket', '127.0.0.1:0'], env })
    const at = ['--port', String(guarded.ports['socket'])]
    for (const language of LANGUAGES) {
      const friend = run(language, [...at, '--token', 'sesame'])
      expect([await friend.exited, friend.output]).toEqual([0, expect.stringMatching(/total 1\.500\nagent 0 sees:\n/)])
      const wrong = run(language, [...at, '--token', 'sesam'])
      const words = 'the server says: this is not the token of this server\n'
      expect([await wrong.exited, wrong.output]).toEqual([1, expect.stringContaining(words)])
      const none = run(language, at)
      expect([await none.exited, none.output]).toEqual([1, expect.stringContaining('asks for a token')])
    }
    await guarded.stop()
  })
})

/** `--name=value` as two words. */
function spaced(flags: readonly string[]): string[] {
  return flags.flatMap((flag) => flag.split('='))
}
