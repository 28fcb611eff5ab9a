/** `beamcade replay`: a recorded game, step by step, or all of it compared. */
import { traceDocument, verify, type Engine, type Recording } from '../engine/index.ts'
import { BeamcadeError } from '../errors.ts'
import { buildParts } from '../server.ts'
import { Canvas } from './canvas.ts'
import { boolFlag, type Command, type Given, type Io } from './command.ts'
import type { ExitCode } from './exit.ts'
import { readFile } from './files.ts'
import { gameOptions, gameSettings } from './game-limits.ts'
import { interactive } from './keys.ts'
import { numberFlag } from './numbers.ts'
import { pause } from './pause.ts'
import { replayKeys } from './replay-keys.ts'
import { differenceLines, Tape, titleOf } from './tape.ts'

export const replay: Command = {
  name: 'replay',
  usage: 'FILE',
  summary: 'steps through a recorded game; --verify compares every hash',
  doc: [
    'FILE is what games:trace/1 answered, or `beamcade mettagrid play --trace` wrote: JSON, also packed by gzip. On a terminal',
    'keys go forward and back, and ? lists them; elsewhere every step is printed.',
  ].join('\n'),
  arguments: [1, 1],
  options: {
    verify: { type: 'boolean', doc: 'play all of it, compare everything that was recorded, show nothing' },
    step: { type: 'string', argument: 'N', doc: 'go there first; not on a terminal: print this step only' },
    speed: { type: 'string', argument: 'N', doc: 'play by itself, N steps a second' },
    agent: { type: 'string', argument: 'N', doc: 'the agent to keep in sight (default 0)' },
    json: { type: 'boolean', doc: 'JSON lines: a frame for each step; with --verify the verdict' },
    ...gameOptions(['load']),
  },
  examples: [
    ['beamcade replay game.json', 'steps through it'],
    ['beamcade replay game.json --step 120', 'from step 120 on'],
    ['beamcade replay game.json --verify', '300 steps verified; or the first difference'],
  ],
  exits: [0, 1, 2, 8],
  async run(given, io) {
    const recording = await open(given, io)
    return boolFlag(given, 'verify') ? judge(recording, given, io) : show(recording, given, io)
  },
}

/** @throws BeamcadeError `bad_usage`, `bad_trace` */
async function open(given: Given, io: Io): Promise<Recording> {
  const document = traceDocument(readFile(io, given.positionals[0] ?? ''))
  const engine = engineFor(document, await engines(given, io))
  return engine.trace.read(document)
}

async function engines(given: Given, io: Io): Promise<readonly Engine[]> {
  const { config, limits } = gameSettings(given, io, ['load'])
  return (await buildParts(config.load, [], limits)).engines
}

/** The plain form says whose game it is; the others are the forms of one engine each. */
function engineFor(document: { format: string; engine?: unknown }, all: readonly Engine[]): Engine {
  const known = all.filter((one) => one.trace.name === document.format)
  const found = known.find((one) => document.engine === undefined || one.name === document.engine)
  if (found !== undefined) return found
  const what = typeof document.engine === 'string' ? ` of the engine ${document.engine}` : ''
  throw new BeamcadeError('bad_trace', `Nothing here can play a ${document.format}${what}.`, {
    hint: 'An engine of your own is added with --load.',
  })
}

function judge(recording: Recording, given: Given, io: Io): ExitCode {
  const { steps, difference } = verify(recording)
  const { name, complete } = recording
  if (boolFlag(given, 'json')) {
    io.stdout.write(
      `${JSON.stringify({ event: 'verdict', name, steps, same: difference === undefined, difference })}\n`,
    )
  } else if (difference === undefined) {
    const rest = complete ? '' : '; the game went on, its recording did not'
    io.stdout.write(`${steps} ${steps === 1 ? 'step' : 'steps'} verified${rest}\n`)
  } else {
    io.stdout.write(`${steps} of ${recording.steps} steps verified, then it differs\n${difference}\n`)
  }
  return difference === undefined ? 0 : 8
}

async function show(recording: Recording, given: Given, io: Io): Promise<ExitCode> {
  const first = numberFlag(given, 'step', { min: 0, max: recording.steps })
  const speed = numberFlag(given, 'speed', { min: 0.1, max: 1000, fractions: true })
  const focus = numberFlag(given, 'agent', { min: 0, max: 65_535 }) ?? 0
  const tape = new Tape(recording)
  try {
    tape.goTo(first ?? 0)
    if (!boolFlag(given, 'json') && interactive(io)) await replayKeys(tape, { io, focus, speed })
    else await print(tape, { given, io, focus, speed, once: first !== undefined && speed === undefined })
  } finally {
    tape.close()
  }
  return 0
}

interface Printing {
  readonly given: Given
  readonly io: Io
  readonly focus: number
  readonly speed: number | undefined
  /** This step only. */
  readonly once: boolean
}

/** All steps from here on, one below the other. */
async function print(tape: Tape, { given, io, focus, speed, once }: Printing): Promise<void> {
  const canvas = new Canvas(io)
  const { name, steps } = tape.recording
  for (;;) {
    const { step, input, difference } = tape
    const picture = tape.picture(focus)
    if (boolFlag(given, 'json')) {
      const { board: rows, notes } = picture
      io.stdout.write(`${JSON.stringify({ event: 'frame', name, step, input, rows, notes, difference })}\n`)
    } else {
      canvas.picture(picture, titleOf(tape), differenceLines(tape))
    }
    if (once || step === steps || io.signal.aborted) return
    if (speed !== undefined && !(await pause(1000 / speed, io.signal))) return
    tape.goTo(step + 1)
  }
}
