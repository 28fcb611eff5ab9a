import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Watcher, WatcherList } from '../../../src/erlang/node/watcher-list.ts'

class Named extends Watcher {
  readonly name: number
  constructor(name: number) {
    super()
    this.name = name
  }
  fire(): void {
    // Not of interest here.
  }
}

function names(watchers: Watcher[]): (number | undefined)[] {
  return watchers.map((one) => (one instanceof Named ? one.name : undefined))
}

test('keeps order and count, whatever is added and taken away', () => {
  const step = fc.tuple(fc.constantFrom('add', 'delete', 'all'), fc.nat(9))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const list = new WatcherList()
      const watchers = Array.from({ length: 10 }, (_, name) => new Named(name))
      let model: number[] = []
      for (const [what, name] of steps) {
        const watcher = watchers[name] as Named
        if (what === 'add' && !model.includes(name)) {
          list.add(watcher)
          model.push(name)
        } else if (what === 'delete') {
          list.delete(watcher)
          model = model.filter((one) => one !== name)
        } else if (what === 'all' && name === 0) {
          expect(names(list.takeAll())).toEqual(model)
          model = []
        }
        expect(list.size).toBe(model.length)
      }
      expect(names(list.takeAll())).toEqual(model)
    }),
  )
})

test('does not give away what is in another list', () => {
  const [one, two] = [new WatcherList(), new WatcherList()]
  const watcher = new Named(1)
  one.add(watcher)
  two.delete(watcher)
  expect(one.size).toBe(1)
})
