/** Threads that games live in. */
export { ThreadHome, type ThreadHomeOptions } from './home.ts'
export { packError } from './errors.ts'
export type { Greeting, ThreadSettings } from './protocol.ts'
export { NOBODY, serveGames } from './serve.ts'
