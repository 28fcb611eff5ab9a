import { describe, expect, test } from '@jest/globals'
import { Pid } from '../../../src/erlang/index.ts'
import { Order } from '../../../src/gateways/erlang/order.ts'

const pid = (id: number): Pid => new Pid('a@h', id, 0, 1)

function gate() {
  let open: () => void = () => undefined
  const passed = new Promise<void>((resolve) => (open = resolve))
  return { passed, open }
}

describe('order', () => {
  test('requests of one process wait for each other, those of others do not', async () => {
    const order = new Order(10)
    const done: string[] = []
    const first = gate()
    const last = gate()
    void order.add(pid(1), () => first.passed.then(() => void done.push('1a')))
    void order.add(pid(1), () => void done.push('1b'))
    void order.add(pid(2), () => void done.push('2a'))
    void order.add(undefined, () => void done.push('cast'))
    void order.add(pid(1), () => {
      done.push('1c')
      last.open()
    })
    expect(done).toEqual(['2a', 'cast'])
    expect(order.open).toBe(3)
    first.open()
    await last.passed
    expect(done).toEqual(['2a', 'cast', '1a', '1b', '1c'])
    await Promise.resolve()
    await Promise.resolve()
    expect(order.open).toBe(0)
  })

  test('what is answered at once is never kept', () => {
    const order = new Order(1)
    for (let i = 0; i < 5; i++) void order.add(pid(1), () => undefined)
    expect(order.open).toBe(0)
  })

  test('beyond the limit requests are refused by its name', () => {
    const order = new Order(2)
    for (let i = 0; i < 2; i++) void order.add(pid(i), () => gate().passed)
    expect(() => {
      void order.add(pid(3), () => undefined)
    }).toThrow('the limit maxWaiting is 2')
  })
})
