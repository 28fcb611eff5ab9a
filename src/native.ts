/**
 * Loads the native addon (`native/accept.cc`), or says why it is not there. The addon listens and accepts by itself and
 * hands over descriptors, so that sockets can be made with a read buffer of their own: `new net.Socket({ fd, onread })`
 * takes one, a socket made by `net.Server` does not. Where the addon is missing, `net` serves.
 *
 * `BEAMCADE_NATIVE=0` in the environment leaves it out.
 */
import { createRequire } from 'node:module'
import { messageOf, systemCode } from './errors.ts'

/** What to listen on, and whom to tell. */
export interface NativeListenOptions {
  /** An IPv4 or IPv6 address, not a name: nothing is looked up. `::` takes IPv4 as well, as in `net`. */
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
  /** Connections that wait for being accepted; default 511, as in `net`. */
  readonly backlog?: number
  /** Milliseconds until accepting is tried again after an error (say, no descriptor is free); default 100. */
  readonly retryMs?: number
  /**
   * Called with each accepted descriptor: close-on-exec, non-blocking, and from then on the receiver's to close.
   * `new net.Socket({ fd, readable: true, writable: true, onread: { buffer, callback } })` takes it.
   */
  readonly onSocket: (fd: number) => void
  /**
   * Called with a system error (`code`, `errno`, `syscall`) of accepting. The listener goes on by itself after
   * `retryMs`, except after EBADF: then somebody closed its descriptor, and it is closed.
   */
  readonly onError: (error: NodeJS.ErrnoException) => void
}

/** A socket that listens. It keeps the process alive until it is closed. */
export interface NativeListener {
  readonly port: number
  /** Ends listening at once; a second call does nothing. Accepted sockets live on. */
  close(): void
}

/** The accept path of the addon. */
export interface NativeAccept {
  /** Listens from the return on. Throws system errors as `net` reports them: EADDRINUSE, EACCES, EADDRNOTAVAIL, EINVAL. */
  listen(options: NativeListenOptions): NativeListener
}

/** The addon and the file that it came from, or the reason why there is none. */
export type Native =
  | { readonly accept: NativeAccept; readonly file: string; readonly why: undefined }
  | { readonly accept: undefined; readonly file: undefined; readonly why: string }

/** What the addon exports. */
interface Addon {
  listen(
    host: string,
    port: number,
    backlog: number,
    retryMs: number,
    onSocket: (fd: number) => void,
    onError: (error: NodeJS.ErrnoException) => void,
  ): NativeListener
}

const NAME = 'beamcade_accept.node'

/** Looks for the addon: built by the install script, else prebuilt for this platform. Asking again costs little. */
export function loadNative(env: NodeJS.ProcessEnv = process.env): Native {
  if (env['BEAMCADE_NATIVE'] === '0') return missing('BEAMCADE_NATIVE=0 switches it off')
  if (process.platform === 'win32') return missing('it is not made for Windows')
  const require = createRequire(import.meta.url)
  const reasons: string[] = []
  // src/ and dist/ lie equally deep, so both find the same files.
  for (const place of ['build/Release', `prebuilds/${process.platform}-${process.arch}`]) {
    try {
      const file = require.resolve(`../${place}/${NAME}`)
      return { accept: wrap(require(file) as Addon), file, why: undefined }
    } catch (error) {
      reasons.push(
        systemCode(error) === 'MODULE_NOT_FOUND' ? `not in ${place}` : `${place} does not load: ${messageOf(error)}`,
      )
    }
  }
  return missing(reasons.join('; '))
}

function missing(why: string): Native {
  return { accept: undefined, file: undefined, why }
}

function wrap(addon: Addon): NativeAccept {
  return {
    listen: ({ host, port, backlog = 511, retryMs = 100, onSocket, onError }) =>
      addon.listen(host, port, backlog, retryMs, onSocket, onError),
  }
}
