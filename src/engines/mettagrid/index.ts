/** MettaGrid: a grid world, bit for bit that of the reference engine. */
export { gameConfigSchema, type GameConfig } from './config/config.ts'
export { DEFAULT_LIMITS, type Limits } from './config/limits.ts'
export { mapSchema, type MapInput } from './config/map.ts'
export { mettagridEngine, MettagridGame, type StepInput, type StepResult } from './game.ts'
export { mettagridOperations } from './operations.ts'
export { render } from './render.ts'
export type { GameRequest } from './snapshot.ts'
export type { World } from './world/world.ts'
