/** The public API of `beamcade`: a server in a program of your own, and what operations and engines are made of. */
export { Cookie, loadConfig, Secret, type Config, type Sources } from './config.ts'
export { SETTINGS, type GivenSettings, type Setting, type SettingName, type Settings } from './config/settings.ts'
export { createServer, type Server, type ServerOptions } from './server.ts'
export { BeamcadeError, ERROR_CODES, isBeamcadeError, type ErrorCode, type ErrorOptions } from './errors.ts'
export { createEvents, type EventMap, type EventName, type Events, type RequestForm } from './events.ts'
export type { Level } from './observe/lines.ts'
export { attachLog, type LogOptions } from './observe/log.ts'
export * from './engine/index.ts'
