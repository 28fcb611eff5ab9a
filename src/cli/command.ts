/** What a command of the `beamcade` program is: text in, exit code out. */
import type { Readable, Writable } from 'node:stream'
import type { ExitCode } from './exit.ts'

/** Where a command reads and writes; a test gives its own. */
export interface Io {
  /** On a terminal it knows its size. */
  stdout: Writable & { isTTY?: boolean; columns?: number; rows?: number }
  stderr: Writable & { isTTY?: boolean }
  /** On a terminal it can give each key as it is pressed. */
  stdin: Readable & { isTTY?: boolean; setRawMode?(on: boolean): unknown }
  env: Readonly<Record<string, string | undefined>>
  cwd: string
  /** Aborted by SIGINT and SIGTERM. */
  signal: AbortSignal
}

/** One flag. */
export interface Option {
  type: 'string' | 'boolean'
  multiple?: boolean
  short?: string
  argument?: string
  doc: string
  /** Printed in a part of its own. */
  limit?: boolean
}

/** What was typed after the command's name. */
export interface Given {
  positionals: readonly string[]
  flags: Readonly<Record<string, string | boolean | readonly string[] | undefined>>
}

export interface Command {
  name: string
  /** What follows the name: `NODE MODULE FUNCTION [ARGS]`. */
  usage: string
  /** One line for the list of commands. */
  summary: string
  /** More lines, for `--help`. */
  doc?: string
  /** How many positional arguments it takes: least and most. */
  arguments: readonly [least: number, most: number]
  options: Readonly<Record<string, Option>>
  examples: readonly (readonly [command: string, meaning: string])[]
  exits: readonly ExitCode[]
  /** Not in the list of commands: started by another command. */
  hidden?: boolean
  /** The code that every failure ends with, if it is the same for all. */
  failsWith?: ExitCode
  /** Flags that make another command of it. */
  modes?: Readonly<Record<string, Command>>
  run(given: Given, io: Io): Promise<ExitCode>
}

/** The text of a flag, if it was given. */
export function textFlag(given: Given, name: string): string | undefined {
  const value = given.flags[name]
  return typeof value === 'string' ? value : undefined
}

export function boolFlag(given: Given, name: string): boolean {
  return given.flags[name] === true
}
