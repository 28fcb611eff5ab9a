/** The commands, in the order of `beamcade --help`. */
import { call } from './call.ts'
import type { Command } from './command.ts'
import { demo } from './demo.ts'
import { demoPlayer } from './demo-player.ts'
import { describe } from './describe.ts'
import { doctor } from './doctor.ts'
import { mcp } from './mcp.ts'
import { mettagrid } from './mettagrid.ts'
import { names } from './names.ts'
import { ping } from './ping.ts'
import { replay } from './replay.ts'
import { start } from './start.ts'

export const COMMANDS: readonly Command[] = [
  start,
  demo,
  ping,
  names,
  call,
  describe,
  mettagrid,
  replay,
  mcp,
  doctor,
  demoPlayer,
]
