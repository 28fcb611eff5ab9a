// What a game holds beyond its observations, once it has been played for a while: heap and buffers, after a collection.
import { fileURLToPath } from 'node:url'
import { Worker } from '../processes.mjs'

const GAMES = 1000

export default {
  name: 'memory',
  doc: `${GAMES} games of b11_4 in the registry, played for 300 steps: bytes of each beyond its observations`,
  rows: [{ row: 'b11_4', unit: 'KB a game', most: 60 }],

  async start({ dist }) {
    const file = fileURLToPath(new URL('../memory-worker.mjs', import.meta.url))
    async function round(number) {
      // Nothing of it depends on what else the machine does: twice is enough.
      if (number >= 2) return []
      const worker = new Worker(file, [dist], ['--expose-gc'])
      try {
        return [{ row: 'b11_4', value: (await worker.ask({ config: 'b11_4', games: GAMES, steps: 300 })) / 1000 }]
      } finally {
        worker.stop()
      }
    }
    return { round, stop: () => undefined }
  },
}
