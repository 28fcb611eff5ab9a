// Frames of four bytes length over TCP, no Erlang at all: what one Node thread can do.
//   node tcp-echo.mjs PORT chunk|batch|naive
// chunk: every chunk goes straight back, without a look at frames
// batch: frames are found one by one, replies of one read leave in one write
// naive: one Buffer.concat per read, one slice and one write per frame
import net from 'node:net'

const port = Number(process.argv[2] ?? 0)
const mode = process.argv[3] ?? 'batch'

/** Calls `each` with the position and length of every whole frame; answers where the first cut one begins. */
function frames(bytes, each) {
  let at = 0
  while (bytes.length - at >= 4) {
    const length = 4 + bytes.readUInt32BE(at)
    if (bytes.length - at < length) break
    each(at, length)
    at += length
  }
  return at
}

const modes = {
  chunk(socket) {
    socket.on('data', (bytes) => socket.write(bytes))
  },
  naive(socket) {
    let all = Buffer.alloc(0)
    socket.on('data', (bytes) => {
      all = Buffer.concat([all, bytes])
      const end = frames(all, (at, length) => socket.write(Buffer.from(all.subarray(at, at + length))))
      all = all.subarray(end)
    })
  },
  batch(socket) {
    let parts = []
    let have = 0
    socket.on('data', (chunk) => {
      let bytes = chunk
      if (have > 0) {
        parts.push(bytes)
        have += bytes.length
        const first = parts[0]
        // The frame still grows.
        if (first.length >= 4 && have < 4 + first.readUInt32BE(0)) return
        bytes = Buffer.concat(parts, have)
        parts = []
        have = 0
      }
      const end = frames(bytes, () => {})
      if (end > 0) {
        const out = Buffer.allocUnsafe(end)
        frames(bytes.subarray(0, end), (at, length) => bytes.copy(out, at, at, at + length))
        socket.write(out)
      }
      if (end < bytes.length) {
        parts.push(Buffer.from(bytes.subarray(end)))
        have = bytes.length - end
      }
    })
  },
}

const server = net.createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => {})
  modes[mode](socket)
})
server.listen(port, '127.0.0.1', () => console.log('READY', server.address().port))
