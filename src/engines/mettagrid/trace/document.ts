/**
 * `mettagrid-trace/1`, the form in which games of the reference engine were recorded: ours are written in the same, so that
 * either can be played here.
 *
 * | key                                 | what                                                                          |
 * | ----------------------------------- | ----------------------------------------------------------------------------- |
 * | `create_game`                       | a `CreateGameRequest` with the field names of the wire format                 |
 * | `num_agents`, `num_observation_tokens` | sizes that follow from it                                                  |
 * | `flat_actions`                      | by flat index: name, type and argument                                        |
 * | `initial`, `steps`                  | what there was to see at first, and after each step                           |
 * | `total_sha256`                      | over all observations and big-endian rewards of all of these, in order        |
 * | `final`                             | rewards of the episode, stats, and objects other than plain walls             |
 * | `complete`                          | of Beamcade: false if later steps were left out                               |
 *
 * In a step, `flat` or `typed` (types and arguments in turns) is the input; `obs_sha256` is of all observations, `obs` are
 * those of each agent in hexadecimal with unused tokens at the end left out; `rewards_hex` are big-endian float32, which
 * `rewards` repeats for people; `terminals`, `truncations` and `success` have a digit for each agent; `agents` says where each
 * is (`r`, `c`), its orientation `o`, glyph `g`, frozen steps `f` and inventory `inv`, in the order of the engine.
 */
import { z } from 'zod'
import { BeamcadeError } from '../../../errors.ts'
import { requestSchema } from '../snapshot.ts'

export const FORMAT = 'mettagrid-trace/1'

const int = z.int()
const hash = z.string().regex(/^[0-9a-f]{64}$/)
const hex = z.string().regex(/^(?:[0-9a-f]{2})*$/)
const digits = z.string().regex(/^[01]*$/)
const inventory = z.array(z.tuple([int, int]))

const state = z.object({
  obs_sha256: hash,
  obs: z.array(hex).optional(),
  rewards_hex: hex,
  terminals: digits,
  truncations: digits,
  success: digits,
  agents: z.array(z.object({ r: int, c: int, o: int, g: int, f: int, inv: inventory })).optional(),
})

const step = state.extend({ t: int, flat: z.array(int).optional(), typed: z.array(int).optional() })

const stats = z.record(z.string(), z.number())

const documentSchema = z.object({
  format: z.literal(FORMAT),
  name: z.string(),
  complete: z.boolean().default(true),
  create_game: z.object({ ...requestSchema.shape, seed: requestSchema.shape.seed.default(0) }),
  flat_actions: z.array(z.tuple([z.string(), int, int])),
  total_sha256: hash,
  initial: state,
  steps: z.array(step),
  final: z
    .object({
      episode_rewards: z.array(z.number()),
      game_stats: stats,
      agent_stats: z.array(stats),
      objects: z.array(z.record(z.string(), z.unknown())),
    })
    .optional(),
})

export type Document = z.output<typeof documentSchema>
/** What a trace says about the game after a step, or at first. */
export type State = z.output<typeof state>
export type Step = z.output<typeof step>

/** @throws BeamcadeError `bad_trace` */
export function readDocument(given: object): Document {
  const read = documentSchema.safeParse(given)
  if (!read.success) throw bad(z.prettifyError(read.error))
  const strange = read.data.steps.findIndex(({ flat, typed }) => (flat === undefined) === (typed === undefined))
  if (strange >= 0) throw bad(`step ${strange + 1} has not one of flat and typed`)
  return read.data
}

function bad(why: string): BeamcadeError {
  return new BeamcadeError('bad_trace', `This is no ${FORMAT}: ${why}.`)
}
