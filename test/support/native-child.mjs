// Runs the native accept path in a process of its own, so that a test can take its descriptors away or count its memory.
//   node native-child.mjs ADDON MODE [RETRY_MS]
// Prints one JSON object per line: {"port":N} first, then what happens.
import { closeSync, openSync, readdirSync, readlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import net from 'node:net'
import { Worker, parentPort } from 'node:worker_threads'

const [file, mode, retryMs] = process.argv.slice(2)
const addon = createRequire(import.meta.url)(file)
const say = (what) => console.log(JSON.stringify(what))
const sockets = () => new Set(readdirSync('/proc/self/fd').filter((fd) => isSocket(fd)))
function isSocket(fd) {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:')
  } catch {
    return false
  }
}
/** Opens files until there is no descriptor left. */
function hog() {
  const fds = []
  try {
    for (;;) fds.push(openSync('/dev/null'))
  } catch (error) {
    say({ hogged: error.code })
  }
  return fds
}

const modes = {
  // Accepting fails until descriptors are free again.
  emfile() {
    let hogs = []
    const listener = addon.listen(
      '127.0.0.1',
      0,
      10,
      5,
      (fd) => {
        say({ accepted: fd >= 0 })
        closeSync(fd)
        listener.close()
      },
      ({ code, errno, syscall, message }) => {
        say({ code, errno, syscall, message })
        for (const fd of hogs) closeSync(fd)
        hogs = []
      },
    )
    hogs = hog()
    say({ port: listener.port })
  },
  // The listening descriptor is closed by somebody else while accepting pauses.
  ebadf() {
    const before = sockets()
    const hogs = []
    const listener = addon.listen(
      '127.0.0.1',
      0,
      10,
      5,
      () => say({ accepted: true }),
      ({ code }) => {
        say({ code })
        if (code !== 'EMFILE') return
        for (const fd of hogs.splice(0)) closeSync(fd)
        closeSync(listening)
      },
    )
    const listening = Number([...sockets()].find((fd) => !before.has(fd)))
    hogs.push(...hog())
    say({ port: listener.port })
    // Nothing keeps the process after the listener has ended.
  },
  // Accepting fails as a preloaded library was told (accept-errors.c); the first connection ends it.
  errors() {
    const pause = Number(retryMs)
    const listener = addon.listen(
      '127.0.0.1',
      0,
      10,
      pause,
      (fd) => {
        say({ accepted: fd >= 0 })
        closeSync(fd)
        listener.close()
      },
      ({ code, errno, syscall }) => {
        say({ code, errno, syscall })
        // Comes first if accepting really pauses.
        setTimeout(() => say({ paused: true }), pause / 2)
      },
    )
    say({ port: listener.port })
  },
  // A worker that is ended while it listens, and a process that exits while another one does.
  worker() {
    const listener = addon.listen(
      '127.0.0.1',
      0,
      10,
      5,
      () => {},
      () => {},
    )
    if (parentPort !== null) return parentPort.postMessage(listener.port)
    say({ port: listener.port })
    const worker = new Worker(new URL(import.meta.url), { argv: [file, mode] })
    worker.once('message', async () => {
      await worker.terminate()
      say({ terminated: true })
      process.exit(0)
    })
  },
  // Many connections and many listeners: what was allocated is given back.
  async memory() {
    const round = () =>
      new Promise((resolve) => {
        let open = 20
        const listener = addon.listen(
          '127.0.0.1',
          0,
          64,
          5,
          (fd) => {
            const socket = new net.Socket({ fd, readable: true, writable: true })
            socket.on('error', () => {})
            socket.on('close', () => {
              open -= 1
              if (open > 0) return
              listener.close()
              resolve()
            })
            socket.resume()
          },
          (error) => say({ code: error.code }),
        )
        for (let i = 0; i < open; i++) {
          const client = net.connect(listener.port, '127.0.0.1', () =>
            i % 2 ? client.end() : client.resetAndDestroy(),
          )
          client.on('error', () => {})
        }
      })
    for (let i = 0; i < 30; i++) await round()
    globalThis.gc()
    const before = { rss: process.memoryUsage.rss(), fds: readdirSync('/proc/self/fd').length }
    for (let i = 0; i < 200; i++) await round()
    globalThis.gc()
    const after = { rss: process.memoryUsage.rss(), fds: readdirSync('/proc/self/fd').length }
    say({ grownBytes: after.rss - before.rss, grownFds: after.fds - before.fds })
  },
}
await modes[mode]()
