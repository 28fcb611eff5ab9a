/** The native accept path: what it hands over, what it survives, and what there is without it. */
import { spawn } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import net from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { loadNative, type NativeListener, type NativeListenOptions } from '../src/native.ts'
import { PeerProcess } from './support/process.ts'

const native = loadNative()
const linux = process.platform === 'linux'
const built = native.accept !== undefined
if (!built) process.stderr.write(`skipped: tests of the native accept path: ${native.why}\n`)
const describeNative = built ? describe : describe.skip
const describeNativeLinux = built && linux ? describe : describe.skip

const open: { close(): void }[] = []
const sockets: net.Socket[] = []
afterEach(() => {
  for (const one of open.splice(0)) one.close()
  for (const socket of sockets.splice(0)) socket.destroy()
})

function listen(options: Partial<NativeListenOptions> & Pick<NativeListenOptions, 'onSocket'>): NativeListener {
  if (native.accept === undefined) throw new Error('not built')
  const onError = (error: Error): void => {
    throw error
  }
  const listener = native.accept.listen({ host: '127.0.0.1', port: 0, onError, ...options })
  open.push(listener)
  return listener
}

function take(fd: number): net.Socket {
  const socket = new net.Socket({ fd, readable: true, writable: true })
  socket.on('error', () => undefined)
  sockets.push(socket)
  return socket
}

function connect(port: number, host = '127.0.0.1'): net.Socket {
  const socket = net.connect({ port, host })
  socket.on('error', () => undefined)
  sockets.push(socket)
  return socket
}

function thrownBy(action: () => unknown): unknown {
  try {
    action()
  } catch (error) {
    return error
  }
  return undefined
}

describe('loading', () => {
  test('is off with BEAMCADE_NATIVE=0, and says so', () => {
    expect(loadNative({ BEAMCADE_NATIVE: '0' })).toEqual({
      accept: undefined,
      file: undefined,
      why: 'BEAMCADE_NATIVE=0 switches it off',
    })
  })

  test('says why there is none', () => {
    if (!built) expect(native.why).not.toBe('')
  })

  test('finds it in CI, except on Windows', () => {
    if (process.env['CI'] === undefined || process.env['BEAMCADE_NATIVE'] === '0') return
    expect(built).toBe(process.platform !== 'win32')
  })
})

describe('the source', () => {
  // The answer to SO_ACCEPTCONN is wrong on macOS; sockets are only ever set up, never questioned.
  test('asks no socket for options', () => {
    const code = readFileSync('native/accept.cc', 'utf8').replaceAll(/\/\/.*/g, '')
    expect(code).not.toMatch(/getsockopt|SO_ACCEPTCONN/)
  })
})

describeNative('accepting', () => {
  test.each(['127.0.0.1', '::1'])('works on %s and echoes through a buffer that is used again', async (host) => {
    const buffer = Buffer.alloc(16)
    const listener = listen({
      host,
      onSocket: (fd) => {
        const callback = (bytes: number): boolean => socket.write(Buffer.from(buffer.subarray(0, bytes)))
        // The types of Node know `onread` of connecting sockets only.
        const onread: net.SocketConstructorOpts & net.ConnectOpts = { onread: { buffer, callback } }
        const socket = new net.Socket({ fd, readable: true, writable: true, ...onread })
        sockets.push(socket)
      },
    })
    const client = connect(listener.port, host)
    const text = 'longer than the buffer of sixteen bytes'
    client.write(text)
    let got = ''
    for await (const chunk of client) {
      got += String(chunk)
      if (got.length >= text.length) break
    }
    expect(got).toBe(text)
  })

  test('on :: takes IPv4 as well', async () => {
    const accepted = new Promise<net.Socket>((resolve) => {
      const listener = listen({
        host: '::',
        onSocket: (fd) => {
          resolve(take(fd))
        },
      })
      connect(listener.port)
    })
    expect((await accepted).remoteAddress).toBe('::ffff:127.0.0.1')
  })

  test('reports what cannot be listened on as net does', async () => {
    const onSocket = take
    const { port } = listen({ onSocket })
    const server = net.createServer()
    const theirs = await new Promise<Error>((resolve) => server.once('error', resolve).listen(port, '127.0.0.1'))
    const ours = thrownBy(() => listen({ onSocket, port }))
    const { code, errno } = theirs as NodeJS.ErrnoException
    expect(ours).toMatchObject({ code, errno, syscall: 'bind' })
    expect(String(ours)).toBe(`Error: bind EADDRINUSE: address already in use 127.0.0.1:${port}`)
    expect(thrownBy(() => listen({ onSocket, host: 'localhost' }))).toMatchObject({ code: 'EINVAL' })
    expect(thrownBy(() => listen({ onSocket, host: '192.0.2.1' }))).toMatchObject({ code: 'EADDRNOTAVAIL' })
  })

  test('ends with close, at once and for good; what was accepted lives', async () => {
    let listener: NativeListener | undefined
    const accepted = new Promise<net.Socket>((resolve) => {
      // Closing inside the callback is where an accept loop would go on with what is gone.
      listener = listen({
        onSocket: (fd) => {
          listener?.close()
          resolve(take(fd))
        },
      })
    })
    const port = listener?.port ?? 0
    const client = connect(port)
    const socket = await accepted
    listener?.close()
    const refused = new Promise((resolve) => net.connect(port, '127.0.0.1').once('error', resolve))
    expect(await refused).toMatchObject({ code: 'ECONNREFUSED' })
    const answered = new Promise((resolve) => client.once('data', resolve))
    socket.write('still here')
    expect(String(await answered)).toBe('still here')
    // The port is free again.
    listen({ port, onSocket: take })
  })

  test('takes 200 connections that come at once, half of which hang up before they are accepted', async () => {
    let ended = 0
    const all = new Promise<void>((resolve) => {
      const listener = listen({
        onSocket: (fd) => {
          take(fd)
            .resume()
            .on('close', () => {
              ended += 1
              if (ended === 200) resolve()
            })
        },
      })
      for (let i = 0; i < 200; i++) {
        const client = connect(listener.port)
        client.once('connect', () => (i % 2 === 0 ? client.resetAndDestroy() : client.end()))
        client.resume()
      }
    })
    await all
    expect(ended).toBe(200)
  })

  test('passes on what its callback throws, and lives', async () => {
    const script = `
      const addon = require(process.argv[1])
      let count = 0
      const listener = addon.listen('127.0.0.1', 0, 10, 5, (fd) => {
        require('fs').closeSync(fd)
        count += 1
        if (count === 1) throw new Error('mine')
        listener.close()
      }, () => {})
      process.on('uncaughtException', (error) => { console.log(error.message); connect() })
      const connect = () => require('net').connect(listener.port, '127.0.0.1').on('error', () => {}).resume()
      connect()`
    const child = new PeerProcess(process.execPath, ['-e', script, native.file ?? ''])
    expect(await child.exited).toBe(0)
    expect(child.output).toBe('mine\n')
  })
})

describeNativeLinux('accepting on Linux', () => {
  /** The flags of a descriptor: O_CLOEXEC is 02000000, O_NONBLOCK 04000. */
  const flags = (fd: number): number =>
    Number.parseInt(/flags:\s*(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '0', 8)

  test('hands over descriptors that no child inherits', async () => {
    const fds = new Promise<number>((resolve) => {
      const listener = listen({ onSocket: resolve })
      connect(listener.port)
    })
    const fd = await fds
    expect(flags(fd) & 0o2000000).toBe(0o2000000)
    expect(flags(fd) & 0o4000).toBe(0o4000)
    const link = readlinkSync(`/proc/self/fd/${fd}`)
    take(fd)
    const child = spawn('ls', ['-l', '/proc/self/fd'], { stdio: ['ignore', 'pipe', 'inherit'] })
    let listed = ''
    child.stdout.on('data', (chunk) => (listed += String(chunk)))
    await new Promise((resolve) => child.on('close', resolve))
    expect(listed).toContain('/proc/')
    expect(listed).not.toContain(link)
  })

  test('the binary does not even know how to ask for options', () => {
    expect(readFileSync(native.file ?? '').includes('getsockopt')).toBe(false)
  })

  function child(mode: string, limit = 0): PeerProcess {
    const script = 'test/support/native-child.mjs'
    const node = [process.execPath, '--expose-gc', script, native.file ?? '', mode]
    if (limit === 0) return new PeerProcess(node[0] ?? '', node.slice(1))
    return new PeerProcess('sh', ['-c', `ulimit -n ${limit} && exec "$@"`, 'sh', ...node])
  }
  async function portOf(process: PeerProcess): Promise<number> {
    return Number((await process.expectOutput(/"port":(\d+)/))[1])
  }

  test('goes on after the descriptors ran out', async () => {
    const process = child('emfile', 60)
    connect(await portOf(process))
    expect(await process.exited).toBe(0)
    expect(process.output).toContain(
      '"code":"EMFILE","errno":-24,"syscall":"accept","message":"accept EMFILE: too many open files"',
    )
    expect(process.output).toContain('{"accepted":true}')
  })

  test('ends when its descriptor was closed by somebody else', async () => {
    const process = child('ebadf', 60)
    connect(await portOf(process))
    expect(await process.exited).toBe(0)
    expect(process.output).toContain('{"code":"EMFILE"}\n{"code":"EBADF"}\n')
  })

  test('lets a worker and a process end while it listens', async () => {
    const process = child('worker')
    expect(await process.exited).toBe(0)
    expect(process.output).toContain('"terminated":true')
  })

  test('gives back memory and descriptors', async () => {
    const process = child('memory')
    expect(await process.exited).toBe(0)
    const { grownBytes, grownFds } = JSON.parse(process.output) as { grownBytes: number; grownFds: number }
    expect(grownFds).toBe(0)
    expect(grownBytes).toBeLessThan(64 * 1024 * 1024)
  })
})
