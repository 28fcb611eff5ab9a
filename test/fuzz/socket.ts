// `npm run fuzz:socket`: a server of its own is attacked over the socket protocol, by mutated, lying, endless and senseless
// requests and by clients that go or do not read, while honest clients play beside; what they see is compared with games in
// this process, bit for bit. Exit code 1 at the first answer that is missing or wrong, game that is broken, or fault.
//
//   npm run fuzz:socket -- --seconds 60 --seed 1
import { parseArgs } from 'node:util'
import { fuzzSocket } from './run.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
})
const seed = Number(values.seed)
console.log(`fuzz:socket: ${values.seconds} s, seed ${seed}`)
try {
  const { attacks, answered, steps, games, left, peak, end } = await fuzzSocket({
    seed,
    seconds: Number(values.seconds),
  })
  for (const [name, times] of Object.entries(attacks).sort()) console.log(`  ${String(times).padStart(6)}  ${name}`)
  const mib = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`
  console.log(
    `fuzz:socket: passed. ${answered} requests of attackers answered, ${steps} steps of ${games} honest games compared bit ` +
      `for bit, ${left} games left by attacks compared with their snapshots; memory ${mib(peak)} at most, ${mib(end)} at the ` +
      `end; seed ${seed}`,
  )
} catch (error) {
  console.error('fuzz:socket: FAILED')
  console.error(error)
  process.exitCode = 1
}
