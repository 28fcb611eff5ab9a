// Tables from the rows that run.mjs collects: { round, codec, term, op, ops } or { …, error }.

/** What must be reached: operations per second of our codec, as a multiple of another's in the same round. */
const FLOORS = [
  { term: 'gen_call', op: 'encode', against: 'beam', least: 0.35 },
  { term: 'gen_call', op: 'decode', against: 'beam', least: 1 },
  { term: 'gen_call', op: 'encode', against: 'erlang_js', least: 10 },
]

/** Lower quartile, median and upper quartile. */
function quartiles(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (part) => {
    const place = (sorted.length - 1) * part
    const low = sorted[Math.floor(place)]
    return low + (sorted[Math.ceil(place)] - low) * (place % 1)
  }
  return [at(0.25), at(0.5), at(0.75)]
}

/** Ratios of one codec to another, each within one round. */
function ratios(rows, codec, against, term, op) {
  const of = (name) => rows.filter((row) => row.codec === name && row.term === term && row.op === op)
  const base = new Map(of(against).map((row) => [row.round, row.ops]))
  return of(codec)
    .filter((row) => base.has(row.round))
    .map((row) => row.ops / base.get(row.round))
}

const short = (value) => (value >= 100 ? value.toFixed(0) : value.toFixed(2))

/** Prints the tables; true if no floor is missed. */
export function report(rows, codecs, terms) {
  const others = codecs.filter((codec) => codec !== 'beam')
  for (const op of ['encode', 'decode']) {
    console.log(`\n${op}, times the BEAM of the same round: median (quartiles)\n`)
    console.log(`| term | BEAM, ops/s | ${others.join(' | ')} |`)
    console.log(`|---|--:|${others.map(() => '--:|').join('')}`)
    for (const term of terms) {
      const base = rows
        .filter((row) => row.codec === 'beam' && row.term === term && row.op === op)
        .map((row) => row.ops)
      const cells = others.map((codec) => {
        const failed = rows.find((row) => row.codec === codec && row.term === term && row.error !== undefined)
        if (failed !== undefined) return `error: ${failed.error}`
        const values = ratios(rows, codec, 'beam', term, op)
        if (values.length === 0) return '–'
        const [low, median, high] = quartiles(values)
        return `${short(median)} (${short(low)}–${short(high)})`
      })
      console.log(`| ${term} | ${base.length === 0 ? '–' : Math.round(quartiles(base)[1])} | ${cells.join(' | ')} |`)
    }
  }
  console.log('\nfloors\n')
  let met = true
  for (const { term, op, against, least } of FLOORS) {
    const values = ratios(rows, 'beamcade', against, term, op)
    const what = `${op} ${term}, at least ${least} x ${against}`
    if (values.length === 0) {
      console.log(`not measured: ${what}`)
      continue
    }
    const [low, median, high] = quartiles(values)
    const pass = median >= least
    met &&= pass
    console.log(`${pass ? 'pass' : 'MISS'}: ${what}: ${short(median)} (${short(low)}–${short(high)})`)
  }
  return met
}
