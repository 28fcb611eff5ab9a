// Frames of four bytes length over TCP, and nothing else: the same client for an echo and for MettaGrid's own protocol.
import net from 'node:net'

const READ_BYTES = 1 << 20

/** Four bytes of length, and the bytes. */
export function framed(bytes) {
  const frame = Buffer.alloc(4 + bytes.length)
  frame.writeUInt32BE(bytes.length)
  frame.set(bytes, 4)
  return frame
}

export class FrameClient {
  #socket
  /** Called with the number of frames that a read brought to their ends. */
  #arrived = () => undefined
  /** Of the frame that is under way: bytes of its length so far, its value, and bytes that are still to come. */
  #head = 0
  #length = 0
  #rest = 0

  static connect(port) {
    const client = new FrameClient()
    return new Promise((resolve, reject) => {
      const onread = {
        buffer: Buffer.alloc(READ_BYTES),
        callback: (count, bytes) => {
          const frames = client.#count(bytes, count)
          if (frames > 0) client.#arrived(frames)
          return true
        },
      }
      client.#socket = net.connect({ host: '127.0.0.1', port, noDelay: true, onread }, () => resolve(client))
      client.#socket.on('error', reject)
    })
  }

  /**
   * Keeps `depth` requests under way for `ms`: as many as a read answered go out in one write.
   * @param requests frames, sent in turns. @returns answered requests, and the milliseconds that they took
   */
  run(requests, depth, ms) {
    return new Promise((resolve) => {
      let next = 0
      let open = depth
      let answered = 0
      const send = (count) => {
        if (count === 1) this.#socket.write(requests[next++ % requests.length])
        else this.#socket.write(Buffer.concat(Array.from({ length: count }, () => requests[next++ % requests.length])))
      }
      const began = performance.now()
      this.#arrived = (frames) => {
        answered += frames
        if (performance.now() - began < ms) send(frames)
        else if ((open -= frames) === 0) resolve({ answered, ms: performance.now() - began })
      }
      send(depth)
    })
  }

  close() {
    this.#socket.destroy()
  }

  /** How many frames end in these bytes. */
  #count(bytes, end) {
    let frames = 0
    let at = 0
    while (at < end) {
      while (this.#head < 4 && at < end) {
        this.#length = this.#length * 256 + bytes[at++]
        if (++this.#head === 4) this.#rest = this.#length
      }
      if (this.#head < 4) break
      const taken = Math.min(this.#rest, end - at)
      this.#rest -= taken
      at += taken
      if (this.#rest > 0) break
      frames += 1
      this.#head = 0
      this.#length = 0
    }
    return frames
  }
}
