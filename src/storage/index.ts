/** What survives a crash: the games of a server, in a folder. */
export { GameStore, type GameStoreOptions } from './game-store.ts'
