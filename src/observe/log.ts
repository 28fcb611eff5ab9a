/**
 * Log lines made of events: readable ones for a terminal, JSON (by pino) for programs. A subscriber like any other: with
 * nobody attached nothing is made. No event carries a cookie, so no line can.
 */
import { pino } from 'pino'
import type { EventMap, EventName, Events } from '../events.ts'
import { systemSentence } from '../errors.ts'
import { LINES, type Level } from './lines.ts'

export interface LogOptions {
  /** JSON lines rather than readable ones. */
  json: boolean
  /** Also what is only of interest when something is searched for: a line for every message. */
  debug: boolean
  /** Takes one line, with its line break. */
  write(line: string, level: Level): void
  /** Colours, for a terminal. Default: none. */
  colour?: boolean
  /** The time of a line; default: now. */
  now?: () => Date
}

const ORDER: Readonly<Record<Level, number>> = { debug: 0, info: 1, warn: 2, error: 3 }
const PAINT: Readonly<Record<Level, string>> = { debug: '\u001b[2m', info: '', warn: '\u001b[33m', error: '\u001b[31m' }

/** Writes a line for every event of `events` that has one; returns the function that ends it. */
export function attachLog(events: Events, options: LogOptions): () => void {
  const least = ORDER[options.debug ? 'debug' : 'info']
  const write = options.json ? jsonWriter(options) : textWriter(options)
  // Each event of its own, not all: `events.wants` stays false for what would not be printed.
  const ends = (Object.keys(LINES) as EventName[])
    .filter((name) => Math.max(...LINES[name].levels.map((level) => ORDER[level])) >= least)
    .map((name) =>
      events.subscribe(name, (payload) => {
        const line = LINES[name]
        const level = line.level(payload as never)
        if (ORDER[level] >= least) write(name, level, line.text(payload as never), payload)
      }),
    )
  return () => {
    for (const end of ends) end()
  }
}

type Writer = <N extends EventName>(name: N, level: Level, text: string, payload: EventMap[N]) => void

function textWriter(options: LogOptions): Writer {
  const now = options.now ?? (() => new Date())
  return (_, level, text) => {
    const time = now().toTimeString().slice(0, 8)
    const line = `${time} ${level.padEnd(5)} ${text}`
    const paint = options.colour === true ? PAINT[level] : ''
    options.write(paint === '' ? `${line}\n` : `${paint}${line}\u001b[0m\n`, level)
  }
}

function jsonWriter(options: LogOptions): Writer {
  let current: Level = 'info'
  const now = options.now ?? (() => new Date())
  const logger = pino(
    {
      level: 'trace',
      base: null,
      timestamp: () => `,"time":"${now().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: (error: unknown) => systemSentence(error) ?? String(error) },
    },
    {
      write: (line: string) => {
        options.write(line, current)
      },
    },
  )
  return (name, level, text, payload) => {
    current = level
    // pino writes at once, so `current` is the level of this line.
    const fields: object = { ...payload, event: name }
    logger[level](fields, text)
  }
}
