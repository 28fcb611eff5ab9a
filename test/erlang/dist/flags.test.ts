import { describe, expect, test } from '@jest/globals'
import {
  expandFlags,
  flagNames,
  FLAGS,
  hasFlags,
  MANDATORY_25,
  MANDATORY_26,
  missingFlags,
  MONITORING,
  ourFlags,
} from '../../../src/erlang/dist/flags.ts'

describe('flags', () => {
  test('what OTP 25 and OTP 29 send has these names', () => {
    const names = flagNames(0xd07df7fbdn)
    expect(names).toEqual(
      expect.arrayContaining(['PUBLISHED', 'SPAWN', 'V4_NC', 'ALIAS', 'FRAGMENTS', 'MANDATORY_25_DIGEST']),
    )
    expect(names).not.toEqual(expect.arrayContaining(['ALTACT_SIG']))
    expect(flagNames(0x4000000000n | (1n << 50n))).toEqual(['NATIVE_RECORDS', 'bit 50'])
  })

  test('we announce what every release demands, and nothing that is not there', () => {
    const ours = ourFlags()
    expect(hasFlags(ours, MANDATORY_25)).toBe(true)
    expect(hasFlags(ours, MANDATORY_26)).toBe(true)
    for (const name of [
      'SEND_SENDER',
      'EXIT_PAYLOAD',
      'SPAWN',
      'ALIAS',
      'UNLINK_ID',
      'DIST_MONITOR',
      'DIST_MONITOR_NAME',
    ] as const) {
      expect([name, hasFlags(ours, FLAGS[name])]).toEqual([name, true])
    }
    for (const name of [
      'PUBLISHED',
      'DIST_HDR_ATOM_CACHE',
      'FRAGMENTS',
      'NAME_ME',
      'ALTACT_SIG',
      'NATIVE_RECORDS',
      'LOCAL_EXT',
    ] as const) {
      expect([name, hasFlags(ours, FLAGS[name])]).toEqual([name, false])
    }
  })

  test('visible and without monitors are choices', () => {
    expect(ourFlags({ hidden: false }) ^ ourFlags()).toBe(FLAGS.PUBLISHED)
    expect(ourFlags() ^ ourFlags({ distMonitor: false })).toBe(MONITORING)
  })

  test('the digest stands for what OTP 25 demands; its bit is that of the source, not of the documentation', () => {
    expect(FLAGS.MANDATORY_25_DIGEST).toBe(0x4000000n)
    expect(expandFlags(0x4000000n)).toBe(0x4000000n | MANDATORY_25)
    expect(missingFlags(0x4000000n)).toEqual([])
    expect(missingFlags(1n << 36n)).toContain('UTF8_ATOMS')
  })

  test('what is missing is named', () => {
    expect(missingFlags(0xd07df7fbdn & ~FLAGS.MANDATORY_25_DIGEST & ~FLAGS.MAP_TAG & ~FLAGS.BIG_CREATION)).toEqual([
      'MAP_TAG',
      'BIG_CREATION',
    ])
    expect(missingFlags(0xd07df7fbdn)).toEqual([])
  })
})
