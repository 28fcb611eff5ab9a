#!/usr/bin/env node
// `npm run crash-test`: a server that keeps its games is killed (SIGKILL) again and again, at random moments: while it
// steps, makes, replaces and deletes games, takes snapshots, and while it takes games back. After each start every game
// must be where it was last answered, or where something that was under way leads to, bit for bit that of a twin in this
// process to which nothing happened. Exit code 1, and the folder is kept, if one is not.
//
//   npm run crash-test -- --times 500 --games 12 --seed 1 --durability async
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { build, root } from './prepare.mjs'

const { values: given } = parseArgs({
  options: {
    times: { type: 'string', default: '500' },
    games: { type: 'string', default: '12' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 32) },
    durability: { type: 'string', default: 'async' },
    'no-build': { type: 'boolean', default: false },
  },
})
if (!given['no-build']) build()
const { atom, chance, readBoards, tuple, Twin } = await import('./crash-test/games.mjs')
const { MAX_DEPTH, Slot } = await import('./crash-test/slot.mjs')
const { ErlangNode } = await import(new URL('../dist/erlang/index.js', import.meta.url).href)

const times = Number(given.times)
const seed = Number(given.seed)
const random = chance(seed)
const folder = mkdtempSync(join(tmpdir(), 'beamcade-crash-'))
const epmdPort = await freePort()
const name = `crash${process.pid}@127.0.0.1`
const boards = readBoards()
const agents = new Map(boards.map((board) => [board, Twin.create(board, 0).agents]))
const world = { random, boards, agentsOf: (board) => agents.get(board) }
const slots = Array.from({ length: Number(given.games) }, (_, i) => new Slot(`game ${i}`, world, 1 + (i % MAX_DEPTH)))
// In turn, so that few kills see snapshots of every step, and such as leave inputs behind them.
const SNAPSHOTS = [5, 20, 2, 100, 1]
let lives = random.below(SNAPSHOTS.length)
const count = { kills: 0, inStart: 0, answers: 0, back: 0, kept: 0, lost: 0, replayed: 0 }
let clock = 0
let child

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Starts the server. `ready` resolves with its port, or with undefined if it ends before. */
function startServer() {
  const flags = ['--json', '--epmd', 'always', '--epmd-port', String(epmdPort), '--data', folder]
  const every = SNAPSHOTS[lives++ % SNAPSHOTS.length]
  const args = ['start', name, 'crash', ...flags, '--durability', given.durability, '--snapshot-every', String(every)]
  child = spawn(process.execPath, [join(root, 'dist/cli.js'), ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const one = child
  let output = ''
  one.stderr.on('data', (chunk) => (output += chunk))
  const exited = new Promise((resolve) => one.once('close', (code, signal) => resolve(signal ?? code)))
  const ready = new Promise((resolve) => {
    createInterface({ input: one.stdout }).on('line', (line) => {
      const event = JSON.parse(line)
      if (event.event === 'ready') resolve(event.ports.dist)
      if (event.event === 'storage.restored') count.replayed += event.steps
      if (event.event === 'storage.refused') output += `${line}\n`
    })
    void exited.then(() => resolve(undefined))
  })
  return { ready, exited, output: () => output, kill: () => one.kill('SIGKILL') }
}

/** How long this life gets: `answered` and `asked` look at each answer and request, `run` resolves when it is over. */
function chooseEnd(kill) {
  const end = random.pick(['time', 'time', 'answer', 'asked'])
  let left = 1 + random.below(end === 'answer' ? 300 : 20)
  const rare = new Set(['create_game', 'delete_game', 'step_many', 'restore'])
  return {
    time: end === 'time' ? random.next() * 500 : undefined,
    answered: () => {
      if (end === 'answer' && --left === 0) kill()
    },
    asked: (op) => {
      // Some of it has left this process, and some of that has come there.
      if (end === 'asked' && rare.has(op.name) && --left === 0) setTimeout(kill, random.next() * 3)
    },
  }
}

async function oneLife(client, ports) {
  const server = startServer()
  if (random.next() < 0.12) {
    const ready = await Promise.race([server.ready, pause(random.next() * 400)])
    server.kill()
    await server.exited
    count.inStart += ready === undefined ? 1 : 0
    count.kills += 1
    return
  }
  const port = await server.ready
  if (port === undefined) throw new Error(`the server did not start:\n${server.output()}`)
  ports.current = port
  await checkGames(client, server)
  const life = { over: false, clock: () => (clock += 1) }
  const kill = () => {
    life.over = true
    server.kill()
  }
  const { time, answered, asked } = chooseEnd(kill)
  life.call = (slot, request) =>
    client.call({ name: 'godot_server', node: name }, request, { timeoutMs: 60_000, from: slot.process })
  life.answered = (op) => {
    count.answers += 1
    answered(op)
  }
  life.asked = asked
  for (const slot of slots) slot.process = client.spawn(() => ({ message: () => undefined }))
  const driven = Promise.all(slots.map((slot) => slot.drive(life)))
  // A failure ends it at once.
  await Promise.race([driven, pause(time ?? 20_000)])
  kill()
  await server.exited
  await driven
  for (const slot of slots) slot.process.exit?.(atom('normal'))
  count.kills += 1
}

async function ask(client, module, operation, args) {
  const reply = await client.call({ name: 'godot_server', node: name }, tuple(atom(module), atom(operation), args), {
    timeoutMs: 60_000,
  })
  const [tag, value] = reply.elements
  if (tag.name !== 'ok') throw new Error(`${module}:${operation} was refused: ${value.get(atom('message'))}`)
  return value
}

/** Every game is where it must be, and the list has them oldest first. */
async function checkGames(client, server) {
  if (server.output() !== '') throw new Error(`LOST: the server says\n${server.output()}`)
  const list = await ask(client, 'games', 'list', [])
  const there = list.map((game) => Buffer.from(game.get(atom('game_id'))).toString())
  for (const slot of slots) {
    const sealed = there.includes(slot.id) ? await ask(client, 'games', 'snapshot', [slot.id]) : undefined
    const { kept, lost } = slot.settle(sealed)
    count.kept += kept
    count.lost += lost
    if (sealed !== undefined) count.back += 1
  }
  const listed = there.map((id) => slots.find((slot) => slot.id === id))
  if (listed.includes(undefined)) throw new Error(`there is a game that nobody made: ${there.join(', ')}`)
  listed.forEach((younger, i) => {
    for (const older of listed.slice(0, i)) {
      if (younger.answeredAt < older.askedAt) throw new Error(`${younger.id} is older than ${older.id}, but behind it`)
    }
  })
}

async function run(client, ports) {
  const begun = performance.now()
  const tell = Math.max(1, Math.floor(times / 10))
  console.log(
    `crash-test: ${times} kills, ${slots.length} games on ${boards.length} boards, seed ${seed}, ${given.durability}`,
  )
  for (let i = 1; i <= times; i++) {
    await oneLife(client, ports)
    if (i % tell === 0 || i === times) {
      console.log(
        `crash-test: ${i} of ${times}: ${count.answers} answers, ${count.back} games back, all where they were`,
      )
    }
  }
  // Once more, to see what the last one left, and then to see that a stop in order keeps the same.
  for (const signal of ['SIGTERM', 'SIGKILL']) {
    const server = startServer()
    ports.current = await server.ready
    await checkGames(client, server)
    child.kill(signal)
    await server.exited
  }
  return (performance.now() - begun) / 1000
}

const ports = { current: 0 }
const client = await ErlangNode.start({
  name: `crasher${process.pid}@127.0.0.1`,
  cookie: 'crash',
  epmd: false,
  resolve: () => ({ host: '127.0.0.1', port: ports.current }),
})
try {
  const seconds = await run(client, ports)
  rmSync(folder, { recursive: true, force: true })
  const { kills, inStart, answers, back, kept, lost, replayed } = count
  console.log(
    `crash-test: passed. ${kills} kills (${inStart} while it started), ${answers} requests answered and compared, ` +
      `${back} times a game came back with ${replayed} steps replayed; of what was under way ${kept} were kept and ` +
      `${lost} had not come so far. ${seconds.toFixed(0)} s, seed ${seed}`,
  )
} catch (error) {
  console.error(`crash-test: FAILED after ${count.kills} kills, seed ${seed}, folder ${folder}`)
  console.error(error)
  process.exitCode = 1
} finally {
  child?.kill('SIGKILL')
  await client.stop()
}
