/**
 * What is said between the main thread and the threads that games live in. Messages are byte arrays: all that was said in
 * one turn of the event loop, one behind the other, as `engine/plain/` writes values. A request is the number of its name in
 * {@link REQUESTS}, the number of the place, and the list of its arguments. Requests are done in their order and answered in
 * that order, so answers have no numbers: each is a byte of {@link ANSWERS} and a value.
 *
 * | request    | arguments                                      | answer                                     |
 * | ---------- | ---------------------------------------------- | ------------------------------------------ |
 * | `make`     | engine, id, record, `request` or `state`, what | –                                          |
 * | `step`     | input                                          | output                                     |
 * | `advance`  | input                                          | the view after it                          |
 * | `stepMany` | inputs, options                                | output                                     |
 * | `look`     |                                                | the view                                   |
 * | `ask`      | method, its arguments                          | what it gives: state, snapshot, info, …    |
 * | `replay`   | inputs, number of the first                    | –                                          |
 * | `trace`    |                                                | text, or undefined                         |
 * | `close`    |                                                | –                                          |
 *
 * | answer    | value                                                                              |
 * | --------- | ---------------------------------------------------------------------------------- |
 * | `done`    | as above                                                                           |
 * | `refused` | a `BeamcadeError`, see `errors.ts`: the game is as it was                          |
 * | `broken`  | what else was thrown: the game crashed                                             |
 * | `event`   | no answer: name and payload of something that is told                              |
 */

/** The position is what is sent. */
export const REQUESTS = ['make', 'step', 'advance', 'stepMany', 'look', 'ask', 'replay', 'trace', 'close'] as const
export type RequestName = (typeof REQUESTS)[number]

/** By name, its number. */
export const REQUEST_NUMBER = Object.fromEntries(REQUESTS.map((name, number) => [name, number])) as Readonly<
  Record<RequestName, number>
>

export const ANSWERS = { done: 0, refused: 1, broken: 2, event: 3 } as const

/** What a thread is started with. */
export interface ThreadSettings {
  /** Modules of the user whose engines it shall have. */
  readonly load: readonly string[]
  /** Of a MettaGrid game. */
  readonly limits: Readonly<Record<string, number>>
  /** What recordings take, of all threads: see `room.ts`. */
  readonly room: SharedArrayBuffer
  readonly maxRecordedBytes: number
  /** What its objects, and its buffers, may take, in bytes. */
  readonly maxMemory: number
  /** Its part of the room. */
  readonly slot: number
  /** One int32: the place that it works for at this moment, or -1. */
  readonly working: SharedArrayBuffer
}

/** The first message of a thread. */
export type Greeting =
  /** It serves games of these engines. */
  | { readonly engines: readonly string[] }
  /** It cannot: an error as `errors.ts` packs it. */
  | { readonly failed: unknown }
