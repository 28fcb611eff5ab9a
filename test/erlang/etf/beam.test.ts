/**
 * The corpus of `bench/etf/corpus.erl` through a real BEAM: it writes, we read and write, it compares; it prints and
 * orders, and so do we.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  compare,
  decode,
  encode,
  equal,
  inspectElixir,
  inspectErlang,
  type Term,
} from '../../../src/erlang/etf/index.ts'
import { describeWithElixir, describeWithErl, elixirPath, erlPath } from '../../support/peers.ts'
import { PeerProcess } from '../../support/process.ts'

const CORPUS = fileURLToPath(new URL('../../../bench/etf/corpus.erl', import.meta.url))
const LONG = 120_000
/** Printed or sent in an order of the BEAM's own: maps of more than 32 keys, and one that came in another order. */
const OWN_ORDER = new Set(['map_33', 'map_40', 'map_100', 'map_unordered'])

/** Identifiers show the number of their node in the table of the BEAM that printed them. */
function masked(text: string): string {
  return text.replace(
    /(#PID<|#Reference<|#Ref<|#Port<|<)(\d+|node@127\.0\.0\.1|zzz@127\.0\.0\.1|a@b|nonode@nohost)\.(?=\d)/g,
    '$1N.',
  )
}

/** Runs an expression in a BEAM without distribution; answers what it wrote. */
async function erl(expression: string, ...args: string[]): Promise<string> {
  const beam = new PeerProcess(erlPath as string, ['-noshell', '-noinput', ...args, '-eval', `${expression}, halt().`])
  const status = await beam.exited
  if (status !== 0) throw new Error(`erl ended with ${status}: ${beam.output}`)
  return beam.output
}

interface Named {
  name: string
  source: Buffer
  term: Term
}

describeWithErl('the corpus through a real BEAM', () => {
  let folder = ''
  let release = 0
  let corpus: Named[] = []
  /** Without the term that only its own node may read. */
  let known: Named[] = []

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'beamcade-etf-'))
    const compile = `{ok, _} = compile:file("${CORPUS}", [{outdir, "${folder}"}])`
    release = Number(await erl(`${compile}, io:put_chars(erlang:system_info(otp_release))`))
    await erl(`corpus:write("${folder}")`, '-pa', folder, '+pc', 'unicode')
    const files = readdirSync(folder)
      .filter((file) => /^t_.*\.etf$/.test(file))
      .sort()
    corpus = files.map((file) => {
      const source = readFileSync(join(folder, file))
      return { name: file.slice(6, -4), source, term: decode(source) }
    })
    known = corpus.filter(({ name }) => name !== 'local_ext')
  }, LONG)

  afterAll(() => {
    if (folder !== '') rmSync(folder, { recursive: true, force: true })
  })

  test(
    'there and back, byte for byte where there is one form',
    async () => {
      expect(corpus.length).toBeGreaterThanOrEqual(150)
      const lines = corpus.map(({ name, term }) => `${name}\tok\t${Buffer.from(encode(term)).toString('base64')}\n`)
      writeFileSync(join(folder, 'ours.rt'), lines.join(''))
      const said = await erl(`corpus:check("${folder}", "ours", strict)`, '-pa', folder)
      expect(said.trim()).toBe(`ours: ${corpus.length} of ${corpus.length} same`)
    },
    LONG,
  )

  test('every pair in the same order', () => {
    const rows = readFileSync(join(folder, 'order.txt'), 'latin1').split('\n')
    const wrong: string[] = []
    known.forEach((a, i) => {
      known.forEach((b, j) => {
        const order = compare(a.term, b.term)
        const ours = equal(a.term, b.term) ? 'E' : order === 0 ? '=' : order < 0 ? '<' : '>'
        // Up to OTP 26 the BEAM could not tell 0.0 from -0.0.
        const zeros = release < 27 && ours === '=' && [a.name, b.name].sort().join() === 'float_0,float_neg0'
        if (ours !== rows[i]?.[j] && !zeros) wrong.push(`${a.name} ${ours} ${b.name}, BEAM: ${rows[i]?.[j]}`)
      })
    })
    expect(wrong).toEqual([])
  })

  test(
    'printed as Erlang prints',
    async () => {
      // Without +pc unicode, ~0p writes Latin-1 only.
      const latin1 = join(folder, 'latin1')
      await erl(`ok = file:make_dir("${latin1}"), corpus:write("${latin1}")`, '-pa', folder)
      const wide = readFileSync(join(folder, 'print.tsv'), 'utf8').split('\n')
      const narrow = readFileSync(join(latin1, 'print.tsv'), 'utf8').split('\n')
      const wrong: string[] = []
      known.forEach(({ name, term }, i) => {
        const [, , unicode, numbers] = (wide[i] as string).split('\t')
        const printed = (narrow[i] as string).split('\t')[1]
        if (OWN_ORDER.has(name)) return
        const pairs = [
          [inspectErlang(term, { unicode: false }), printed],
          [inspectErlang(term), unicode],
          [inspectErlang(term, { strings: false, unicode: false }), numbers],
        ] as const
        for (const [ours, theirs] of pairs) {
          if (masked(ours) !== masked(theirs as string)) wrong.push(`${name}: ${ours}, BEAM: ${theirs}`)
        }
      })
      expect(wrong).toEqual([])
    },
    LONG,
  )

  describeWithElixir('and Elixir', () => {
    test(
      'printed as Elixir prints',
      async () => {
        const out = join(folder, 'elixir.txt')
        const script = `
        files = Path.wildcard(Path.join(${JSON.stringify(folder)}, "t_*.etf")) |> Enum.sort() |> Enum.reject(&String.contains?(&1, "local_ext"))
        lines = Enum.map(files, fn file -> [inspect(:erlang.binary_to_term(File.read!(file))), "\\n"] end)
        File.write!(${JSON.stringify(out)}, [System.version(), "\\n" | lines])`
        const elixir = new PeerProcess(elixirPath as string, ['-e', script])
        expect([await elixir.exited, elixir.output]).toEqual([0, ''])
        const [version, ...lines] = readFileSync(out, 'utf8').split('\n')
        const minor = Number(version?.split('.')[1])
        const wrong: string[] = []
        known.forEach(({ name, term }, i) => {
          if (OWN_ORDER.has(name)) return
          const ours = inspectElixir(term, { charlists: minor < 15 ? 'quotes' : 'sigil' })
          if (masked(ours) !== masked(lines[i] as string)) wrong.push(`${name}: ${ours}, Elixir: ${lines[i]}`)
        })
        expect(wrong).toEqual([])
      },
      LONG,
    )
  })
})
