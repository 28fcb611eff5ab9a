// Medians, spread and ratios of what the load generator measured. A ratio is taken inside a round, of two targets that
// ran one after the other; the table shows the median of these ratios and their quartiles.
//   node report.mjs a.json b.json ...      the rounds of several runs in one table
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { spread } from '../spread.mjs'

/** `key` of one target divided by that of another in the same round. */
export function ratios(rows, { scenario, target, base, key = 'ops' }) {
  const of = (name) => rows.filter((row) => row.scenario === scenario && row.target === name && !row.error)
  const bases = new Map(of(base).map((row) => [row.round, row[key]]))
  return spread(
    of(target)
      .filter((row) => bases.has(row.round))
      .map((row) => row[key] / bases.get(row.round)),
  )
}

/** One entry for each scenario and target. */
export function table(rows, labels) {
  const scenarios = [...new Set(rows.map((row) => row.scenario).filter(Boolean))]
  return scenarios.flatMap((scenario) =>
    labels.flatMap((target) => {
      const mine = rows.filter((row) => row.scenario === scenario && row.target === target)
      const good = mine.filter((row) => !row.error)
      if (good.length === 0) return mine.slice(0, 1).map(({ error }) => ({ scenario, target, error }))
      const median = (key) => spread(good.map((row) => row[key])).median
      const against = (base, key) => ratios(rows, { scenario, target, base, key })
      return [
        {
          scenario,
          target,
          rounds: good.length,
          ops: spread(good.map((row) => row.ops)),
          mbs: median('mbs'),
          p50: median('p50_us'),
          p99: median('p99_us'),
          p999: median('p999_us'),
          targetCpu: median('target_cpu_us'),
          loadCpu: median('load_cpu_us'),
          reads: median('reads'),
          writes: median('writes'),
          beam: against('beam'),
          cnode: against('cnode'),
          cpuBeam: against('beam', 'target_cpu_us').median,
        },
      ]
    }),
  )
}

const show = (value, digits = 0) => (Number.isFinite(value) ? value.toFixed(digits) : '-')
const showSpread = ({ q1, median, q3 }) =>
  Number.isFinite(median) ? `${show(median, 2)} (${show(q1, 2)}..${show(q3, 2)})` : '-'

const COLUMNS = [
  ['calls/s', (row) => show(row.ops.median)],
  ['q1..q3', (row) => `${show(row.ops.q1)}..${show(row.ops.q3)}`],
  ['MB/s', (row) => show(row.mbs, 1)],
  ['p50 µs', (row) => show(row.p50, 1)],
  ['p99 µs', (row) => show(row.p99, 1)],
  ['CPU µs/call, it', (row) => show(row.targetCpu, 2)],
  ['the caller', (row) => show(row.loadCpu, 2)],
  ['reads', (row) => show(row.reads, 2)],
  ['writes', (row) => show(row.writes, 2)],
  ['× BEAM (q1..q3)', (row) => showSpread(row.beam)],
  ['× C node (q1..q3)', (row) => showSpread(row.cnode)],
  ['CPU × BEAM', (row) => show(row.cpuBeam, 2)],
]

/** The table as text, columns in line. */
export function text(entries) {
  const head = ['scenario', 'target', ...COLUMNS.map(([name]) => name)]
  const lines = entries.map((row) =>
    row.error
      ? [row.scenario, row.target, `error: ${row.error}`]
      : [row.scenario, row.target, ...COLUMNS.map(([, cell]) => cell(row))],
  )
  const widths = head.map((name, i) =>
    Math.max(name.length, ...lines.map((line) => (line[2]?.startsWith('error') ? 0 : line[i].length))),
  )
  const format = (line) => line.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ')
  return [format(head), ...lines.map((line) => format(line).trimEnd())].join('\n')
}

/** What our node has to reach, monitors honoured, as a ratio to a gen_server of the BEAM. */
export const FLOORS = { seq: 0.85, c16: 1, c64: 1, c256: 1 }

/** A floor is met when the median of the paired ratios reaches it. */
export function judge(rows, target = 'beamcade') {
  return Object.entries(FLOORS).flatMap(([scenario, floor]) => {
    const ratio = ratios(rows, { scenario, target, base: 'beam' })
    if (!Number.isFinite(ratio.median)) return []
    return [{ scenario, floor, ratio, met: ratio.median >= floor }]
  })
}

export function verdicts(judged) {
  return judged.map(
    ({ scenario, floor, ratio, met }) =>
      `${met ? 'pass' : 'MISS'}  ${scenario.padEnd(5)} ${showSpread(ratio)} x BEAM, at least ${floor.toFixed(2)} is wanted`,
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const rows = process.argv
    .slice(2)
    .flatMap((file, i) =>
      JSON.parse(readFileSync(file, 'utf8')).rows.map((row) => ({ ...row, round: `${i}:${row.round}` })),
    )
  console.log(text(table(rows, [...new Set(rows.map((row) => row.target))])))
  for (const line of verdicts(judge(rows))) console.log(line)
}
