import { describe, expect, test } from '@jest/globals'
import { cookieDigest, createChallenges, sameDigest } from '../../../src/erlang/dist/cookie.ts'

describe('cookie', () => {
  // What erlang:md5([Cookie, integer_to_list(Challenge)]) of OTP 25 gives.
  test.each([
    ['cookie', 0, 'e607172a1a7adb262d2d98462463b1a9'],
    ['cookie', 4294967295, 'de56ff9d11b071905bce597a85d67f4f'],
    ['é', 1, 'd38a886c7ef8be42e0464a2da3747c9f'],
  ])('%s with %i', (cookie, challenge, digest) => {
    expect(Buffer.from(cookieDigest(cookie, challenge)).toString('hex')).toBe(digest)
  })

  test('letters that Latin-1 does not have make no two cookies the same', () => {
    expect(Buffer.from(cookieDigest('ż', 1))).not.toEqual(Buffer.from(cookieDigest('Å', 1)))
    expect(Buffer.from(cookieDigest('ż', 1))).not.toEqual(Buffer.from(cookieDigest('|', 1)))
  })

  test('compares', () => {
    const digest = cookieDigest('c', 5)
    expect(sameDigest(digest, cookieDigest('c', 5))).toBe(true)
    expect(sameDigest(digest, cookieDigest('c', 6))).toBe(false)
    expect(sameDigest(digest, digest.subarray(1))).toBe(false)
  })

  test('challenges are open until released, and random', () => {
    const challenges = createChallenges()
    const taken = Array.from({ length: 100 }, () => challenges.take())
    expect(new Set(taken).size).toBe(100)
    expect(Math.max(...taken)).toBeGreaterThan(2 ** 28)
    expect(taken.every((one) => challenges.has(one))).toBe(true)
    challenges.release(taken[0] ?? 0)
    expect(challenges.has(taken[0] ?? 0)).toBe(false)
  })
})
