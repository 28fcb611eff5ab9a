// Medians and quartiles of what the parts measured, and which floors are met. A ratio is taken inside a round.
import { spread } from '../spread.mjs'

/** One entry for each row of the parts: `{ part, row, unit, value, base?, figure, cpu, wanted, met }`, or with `error`. */
export function table(parts, samples) {
  return parts.flatMap((part) =>
    part.rows.map((spec) => {
      const mine = samples.filter((sample) => sample.part === part.name && sample.row === spec.row)
      const good = mine.filter((sample) => sample.error === undefined)
      const entry = { part: part.name, ...spec, rounds: good.length, wanted: wanted(spec) }
      if (good.length === 0) return { ...entry, error: mine[0]?.error ?? 'not measured', met: false }
      const figure = spread(good.map(({ value, base }) => (spec.base === undefined ? value : value / base)))
      return {
        ...entry,
        value: spread(good.map(({ value }) => value)),
        baseValue: spread(good.map(({ base }) => base ?? NaN)),
        figure,
        cpu: spread(good.map(({ cpu }) => cpu ?? NaN)),
        met: figure.median >= (spec.least ?? -Infinity) && figure.median <= (spec.most ?? Infinity),
      }
    }),
  )
}

function wanted({ least, most, base, unit }) {
  const of = base === undefined ? ` ${unit}` : ` x ${base}`
  if (least !== undefined) return `at least ${least}${of}`
  return most === undefined ? '' : `at most ${most}${of}`
}

const number = (value) => {
  if (!Number.isFinite(value)) return '-'
  return value >= 1000 ? Math.round(value).toLocaleString('en-US') : value.toFixed(value >= 100 ? 0 : 2)
}
const shown = ({ q1, median, q3 }) => `${number(median)} (${number(q1)}..${number(q3)})`

const COLUMNS = [
  ['part', (entry) => entry.part],
  ['row', (entry) => entry.row],
  ['measured', (entry) => `${number(entry.value.median)} ${entry.unit}`],
  ['base', (entry) => (entry.base === undefined ? '-' : `${number(entry.baseValue.median)} ${entry.baseUnit}`)],
  ['median (q1..q3)', (entry) => shown(entry.figure)],
  ['by CPU time', (entry) => number(entry.cpu.median)],
  ['wanted', (entry) => entry.wanted],
  ['', (entry) => (entry.least === undefined && entry.most === undefined ? '' : entry.met ? 'pass' : 'MISS')],
]

/** The table as text, columns in line. */
export function text(entries) {
  const head = COLUMNS.map(([name]) => name)
  const lines = entries.map((entry) =>
    entry.error === undefined
      ? COLUMNS.map(([, cell]) => cell(entry))
      : [entry.part, entry.row, `error: ${entry.error}`],
  )
  const complete = [head, ...lines.filter((line) => line.length === head.length)]
  const widths = head.map((_, i) => Math.max(...(i < 2 ? [head, ...lines] : complete).map((line) => line[i].length)))
  const left = (i) => i < 2 || i >= head.length - 2
  const format = (line) =>
    line.map((cell, i) => (left(i) ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ')
  return [head, ...lines].map((line) => format(line).trimEnd()).join('\n')
}
