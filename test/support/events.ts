/** A bus that remembers, for tests that wait for what the program tells. */
import { createEvents, type EventMap, type EventName, type Events } from '../../src/events.ts'

export interface RecordedEvents extends Events {
  /** Payloads of one event so far. */
  all<N extends EventName>(name: N): EventMap[N][]
  /** Resolves with the payload number `count` of an event, also one that came already. */
  next<N extends EventName>(name: N, count?: number): Promise<EventMap[N]>
}

export function recordEvents(): RecordedEvents {
  const events = createEvents()
  const past: { name: EventName; payload: unknown }[] = []
  const waiting = new Set<() => void>()
  events.subscribeAll((name, payload) => {
    past.push({ name, payload })
    for (const look of [...waiting]) look()
  })
  const all = <N extends EventName>(name: N): EventMap[N][] =>
    past.filter((event) => event.name === name).map((event) => event.payload as EventMap[N])
  return {
    publish: events.publish.bind(events),
    wants: events.wants.bind(events),
    subscribe: events.subscribe.bind(events),
    subscribeAll: events.subscribeAll.bind(events),
    failures: 0,
    all,
    next: (name, count = 1) =>
      new Promise((resolve) => {
        const look = () => {
          const found = all(name)[count - 1]
          if (found === undefined) return
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
      }),
  }
}
