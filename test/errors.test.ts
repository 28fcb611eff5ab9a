/** Errors are for people: every code has a meaning and a hint, and the class carries them. */
import { describe, expect, test } from '@jest/globals'
import { BeamcadeError, ERROR_CODES, isBeamcadeError, messageOf, systemCode, type ErrorCode } from '../src/errors.ts'
import { createEvents } from '../src/events.ts'

describe('error codes', () => {
  test.each(Object.keys(ERROR_CODES) as ErrorCode[])('%s says what it means and what to do', (code) => {
    const [meaning, hint] = ERROR_CODES[code]
    expect(code).toMatch(/^[a-z][a-z0-9_]*$/)
    for (const sentence of [meaning, hint]) {
      // A sentence of several words for people, not the code once more.
      expect(sentence).toMatch(/^["`A-Z\p{L}].+ .+[.!?`)]$/u)
      expect(sentence.toLowerCase()).not.toBe(code)
    }
  })

  test('an error has the sentence of its code unless it knows better', () => {
    const plain = new BeamcadeError('timeout')
    expect([plain.message, plain.hint]).toEqual([...ERROR_CODES.timeout])
    const cause = Object.assign(new Error('inner'), { code: 'EIO' })
    const rich = new BeamcadeError('internal', 'It broke.', { hint: 'Mend it.', details: { a: 1 }, cause })
    expect(rich).toMatchObject({ code: 'internal', message: 'It broke.', hint: 'Mend it.', details: { a: 1 }, cause })
    expect([isBeamcadeError(rich), isBeamcadeError(cause), isBeamcadeError('x')]).toEqual([true, false, false])
    expect([systemCode(cause), systemCode(undefined), systemCode({ code: 1 })]).toEqual(['EIO', undefined, undefined])
    expect([messageOf(cause), messageOf('text'), messageOf(null)]).toEqual(['inner', 'text', 'null'])
  })
})

describe('events', () => {
  test('a subscriber that throws is caught, counted and reported, and harms nobody', () => {
    const events = createEvents()
    const heard: string[] = []
    events.subscribe('game.created', () => {
      throw new Error('broken')
    })
    const end = events.subscribe('game.created', ({ game }) => heard.push(game))
    events.subscribe('events.subscriber_failed', ({ event }) => heard.push(`failed: ${event}`))
    events.publish('game.created', { game: 'g', engine: 'e' })
    expect(heard).toEqual(['failed: game.created', 'g'])
    expect(events.failures).toBe(1)
    end()
    events.publish('game.created', { game: 'h', engine: 'e' })
    expect(heard).not.toContain('h')
  })

  test('a subscriber to failures that fails itself ends there', () => {
    const events = createEvents()
    events.subscribeAll(() => {
      throw new Error('always')
    })
    events.publish('game.created', { game: 'g', engine: 'e' })
    expect(events.failures).toBe(2)
  })

  test('nobody listening is known before a payload is built', () => {
    const events = createEvents()
    expect(events.wants('game.created')).toBe(false)
    const end = events.subscribe('game.created', () => undefined)
    expect(events.wants('game.created')).toBe(true)
    end()
    expect(events.wants('game.created')).toBe(false)
  })
})
