/** Proof of the shared cookie. Source: Erlang distribution protocol, "Distribution Handshake", challenges and digests. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Challenges } from './types.ts'

/** MD5 over the cookie's text and the challenge as a decimal number. */
export function cookieDigest(cookie: string, challenge: number): Uint8Array {
  return createHash('md5').update(cookieBytes(cookie)).update(String(challenge)).digest()
}

/** OTP takes a character as one byte; what has no room in one byte cannot be used there and is UTF-8 here. */
function cookieBytes(cookie: string): Uint8Array {
  return Buffer.from(cookie, /^[\0-\xff]*$/.test(cookie) ? 'latin1' : 'utf8')
}

/** Compares in a time that does not tell how much was right. */
export function sameDigest(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

/** Random challenges of one node, and which of them are in use. */
export function createChallenges(): Challenges {
  const open = new Set<number>()
  return {
    take() {
      for (;;) {
        const challenge = randomBytes(4).readUInt32BE()
        if (open.has(challenge)) continue
        open.add(challenge)
        return challenge
      }
    },
    has: (challenge) => open.has(challenge),
    release: (challenge) => void open.delete(challenge),
  }
}
