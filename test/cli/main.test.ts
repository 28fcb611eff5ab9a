import { describe, expect, test } from '@jest/globals'
import { COMMANDS } from '../../src/cli/commands.ts'
import { EXITS } from '../../src/cli/exit.ts'
import { settingNames, flagOf } from '../../src/config/settings.ts'
import { runMain } from '../support/cli-io.ts'

const shown = COMMANDS.filter((command) => command.hidden !== true)

describe('help', () => {
  test('lists the commands and all exit codes', async () => {
    const { code, stdout } = await runMain(['--help'])
    expect(code).toBe(0)
    for (const { name, summary } of shown) expect(stdout).toMatch(new RegExp(`^  ${name} .*${summary}$`, 'm'))
    for (const meaning of Object.values(EXITS)) expect(stdout).toContain(meaning)
    expect(await runMain([])).toMatchObject({ stdout })
  })

  test.each(shown.map((command) => [command.name, command] as const))(
    '%s: flags, examples, exit codes',
    async (name, command) => {
      const { code, stdout } = await runMain([name, '--help'])
      expect(code).toBe(0)
      expect(command.examples.length).toBeGreaterThan(0)
      for (const [line] of command.examples) expect(stdout).toContain(line)
      for (const exit of command.exits) expect(stdout).toContain(`  ${exit}  ${EXITS[exit]}`)
      for (const flag of Object.keys(command.options)) expect(stdout).toContain(`--${flag}`)
      expect(await runMain(['help', name])).toMatchObject({ stdout })
    },
  )

  test('start takes every setting', async () => {
    const { stdout } = await runMain(['start', '--help'])
    for (const name of settingNames()) expect(stdout).toContain(`--${flagOf(name)}`)
  })

  test('the version is that of the package', async () => {
    expect((await runMain(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})

describe('wrong usage ends with 2 and a sentence', () => {
  test.each([
    [['fly'], 'There is no command "fly"'],
    [['start', '--fly'], "Unknown option '--fly'"],
    [['start', '--cookie'], "'--cookie <value>' argument missing"],
    [['start', '--dist-port', 'abc'], "--dist-port must be a whole number from 0 to 65535, not 'abc'."],
    [['start', 'a', 'b', 'c'], 'Too many arguments'],
    [['start', 'a@h.i', 'c', '--name', 'b'], 'given twice'],
    [['start', '--cookie', 'a', '--name', 'a', '--sname', 'b'], 'not both'],
    [['ping'], 'Too few arguments: the usage is `beamcade ping NODE`'],
    [['ping', 'nobody', '--cookie', 'c'], 'no node name'],
    [['call', 'a@b.c', 'm', 'f', '{', '--cookie', 'c'], 'ARGS cannot be read'],
    [['call', 'a@b.c', 'm', 'f', '1', '--cookie', 'c'], 'ARGS must be a list'],
    [['call', 'a@b.c', 'm', 'f', '[{"$atm": "x"}]', '--cookie', 'c'], 'means no term'],
    [['call', 'a@b.c', 'm', 'f', '[1', '--erlang', '--cookie', 'c'], 'ARGS cannot be read'],
    [
      ['call', 'a@b.c', 'm', 'f', '--timeout', 'soon', '--cookie', 'c'],
      "--timeout must be a whole number of ms from 1 to 2147483647, not 'soon'.",
    ],
    [['describe', 'nothing'], 'There is nothing called "nothing"'],
    [['describe', 'games:lst'], 'games has list, info,'],
    [['pnig'], 'Did you mean `beamcade ping`?'],
    [['ping', '--cookei', 'c'], 'Did you mean --cookie? Try `beamcade ping --help`.'],
    [['replay', '--xyz'], 'Try `beamcade replay --help`.'],
    [['ping', 'a@b.c', '--cookie', 'c', '--timeout', '0'], 'Try `beamcade ping --help`.'],
    [['call', 'a@b.c', 'm', 'f', '[{"$atom": 1}]', '--cookie', 'c'], '"$atom" and "$bytes" with a string'],
    [['call', 'a@b.c', 'm', 'f', '[9007199254740993]', '--cookie', 'c'], 'JSON cannot hold the integer'],
    [['describe', '--load', './none.js'], 'cannot be loaded'],
  ])('%j', async (args, sentence) => {
    const { code, stderr } = await runMain(args)
    expect(stderr).toContain(sentence)
    expect(stderr).toMatch(/^beamcade: /)
    expect(code).toBe(2)
  })

  test('with --json the failure is an event as well', async () => {
    const { stdout } = await runMain(['ping', 'nobody', '--json', '--cookie', 'c'])
    expect(JSON.parse(stdout)).toMatchObject({
      event: 'failed',
      code: 'bad_usage',
      message: expect.any(String) as unknown,
    })
  })
})
