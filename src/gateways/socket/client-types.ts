/** What callers of the client give and get: messages by the names of the .proto file. */
import type { GameConfigJson, MapDefinitionJson } from '../../gen/mettagrid/rpc/v1/mettagrid_pb.ts'

/** `numAgents` → `num_agents`. */
export type SnakeCase<Text extends string> = Text extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${SnakeCase<Rest>}`
  : Text

/** The fields of a message, and of those in it, by the names of the .proto file. Free keys stay as they are. */
export type ProtoNames<T> = T extends readonly (infer Item)[]
  ? readonly ProtoNames<Item>[]
  : T extends object
    ? string extends keyof T
      ? T
      : number extends keyof T
        ? T
        : { readonly [K in keyof T as SnakeCase<K & string>]: ProtoNames<T[K]> }
    : T

/** `GameConfig` of mettagrid.rpc.v1. What is absent is 0, false or empty. */
export type GameConfig = ProtoNames<GameConfigJson>

/** `MapDefinition` of mettagrid.rpc.v1. What is no cell is empty. */
export type MapDefinition = ProtoNames<MapDefinitionJson>

/** What a game is made of. */
export interface NewGame {
  readonly config: GameConfig
  readonly map: MapDefinition
  /** Of all chance in the game, 0 to 2^32 - 1; default 0. */
  readonly seed?: number
}

/** One action for each agent: positions in the list of flat actions, or types and arguments. */
export type Actions = readonly number[] | { readonly types: readonly number[]; readonly args: readonly number[] }

/** What a step shows; the caller's own arrays. */
export interface StepResult {
  /** [agent][token][3]: location, feature, value; unused tokens are 255, 255, 255. */
  readonly observations: Uint8Array
  /** By agent, of this step. */
  readonly rewards: Float32Array
  /** By agent: the episode is over. */
  readonly terminals: readonly boolean[]
  /** By agent: the episode was cut off. */
  readonly truncations: readonly boolean[]
  /** By agent: its action did what it should. */
  readonly actionSuccess: readonly boolean[]
  /** Steps since the game was made. */
  readonly currentStep: number
}

export interface RequestOptions {
  /** Milliseconds until the request is given up; 0: never. Default: that of the client. */
  readonly timeoutMs?: number
  /** Gives the request up. What it asks for may still be done. */
  readonly signal?: AbortSignal
}

export interface ClientOptions {
  /** Default 127.0.0.1. */
  readonly host?: string
  /** Default 5858. */
  readonly port?: number
  /** What the server was started with, if it asks for a token. */
  readonly token?: string
  /** Milliseconds until connecting, and each request, is given up; 0: never. Default 30,000. */
  readonly timeoutMs?: number
  /** Ends connecting. */
  readonly signal?: AbortSignal
  /** Longest response, bytes; default 128 MiB. */
  readonly maxFrameBytes?: number
}
