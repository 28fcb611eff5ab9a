/**
 * Capabilities that nodes announce in the handshake, 64 bits. What both announce is in force.
 * Source: Erlang distribution protocol, "Distribution Flags"; values from `dist.h` of OTP 25 to 29, as the documentation
 * misprints one of them (MANDATORY_25_DIGEST is 0x4000000, not 1 bsl 36).
 */

/** Every flag of OTP 25 to 29 by its name. */
export const FLAGS = {
  PUBLISHED: 0x1n,
  ATOM_CACHE: 0x2n,
  EXTENDED_REFERENCES: 0x4n,
  DIST_MONITOR: 0x8n,
  FUN_TAGS: 0x10n,
  DIST_MONITOR_NAME: 0x20n,
  HIDDEN_ATOM_CACHE: 0x40n,
  NEW_FUN_TAGS: 0x80n,
  EXTENDED_PIDS_PORTS: 0x100n,
  EXPORT_PTR_TAG: 0x200n,
  BIT_BINARIES: 0x400n,
  NEW_FLOATS: 0x800n,
  UNICODE_IO: 0x1000n,
  DIST_HDR_ATOM_CACHE: 0x2000n,
  SMALL_ATOM_TAGS: 0x4000n,
  UTF8_ATOMS: 0x10000n,
  MAP_TAG: 0x20000n,
  BIG_CREATION: 0x40000n,
  SEND_SENDER: 0x80000n,
  BIG_SEQTRACE_LABELS: 0x100000n,
  EXIT_PAYLOAD: 0x400000n,
  FRAGMENTS: 0x800000n,
  HANDSHAKE_23: 0x1000000n,
  UNLINK_ID: 0x2000000n,
  MANDATORY_25_DIGEST: 0x4000000n,
  SPAWN: 1n << 32n,
  NAME_ME: 1n << 33n,
  V4_NC: 1n << 34n,
  ALIAS: 1n << 35n,
  LOCAL_EXT: 1n << 36n,
  ALTACT_SIG: 1n << 37n,
  NATIVE_RECORDS: 1n << 38n,
} as const

export type FlagName = keyof typeof FLAGS

function all(...names: FlagName[]): bigint {
  return names.reduce((sum, name) => sum | FLAGS[name], 0n)
}

/** What OTP 25 demands of a peer. Also what {@link FLAGS}.MANDATORY_25_DIGEST stands for. */
export const MANDATORY_25 = all(
  'EXTENDED_REFERENCES',
  'FUN_TAGS',
  'NEW_FUN_TAGS',
  'EXTENDED_PIDS_PORTS',
  'EXPORT_PTR_TAG',
  'BIT_BINARIES',
  'NEW_FLOATS',
  'UTF8_ATOMS',
  'MAP_TAG',
  'BIG_CREATION',
  'HANDSHAKE_23',
)

/** What OTP 26 to 29 demand of a peer. */
export const MANDATORY_26 = MANDATORY_25 | all('UNLINK_ID', 'V4_NC')

/** A peer may only monitor what both of these announce. */
export const MONITORING = all('DIST_MONITOR', 'DIST_MONITOR_NAME')

/**
 * What this program really does. Not announced: the atom cache and fragments (frames are passed through), dynamic
 * names, and what only newer releases have.
 */
const IMPLEMENTED =
  MANDATORY_26 |
  MONITORING |
  all(
    'UNICODE_IO',
    'SMALL_ATOM_TAGS',
    'SEND_SENDER',
    'BIG_SEQTRACE_LABELS',
    'EXIT_PAYLOAD',
    'MANDATORY_25_DIGEST',
    'SPAWN',
    'ALIAS',
  )

export interface FlagOptions {
  /** Do not set PUBLISHED; default true. A visible node has to take part in `global`. */
  hidden?: boolean
  /** Let peers monitor our processes; default true. Without, each call costs less, but nobody hears of `noproc`. */
  distMonitor?: boolean
}

/** The flags that this node announces. */
export function ourFlags({ hidden = true, distMonitor = true }: FlagOptions = {}): bigint {
  return (IMPLEMENTED & ~(distMonitor ? 0n : MONITORING)) | (hidden ? 0n : FLAGS.PUBLISHED)
}

/** Flags as they count: the digest stands for all that it is a digest of. */
export function expandFlags(flags: bigint): bigint {
  return (flags & FLAGS.MANDATORY_25_DIGEST) === 0n ? flags : flags | MANDATORY_25
}

/** True if all bits of `wanted` are set. */
export function hasFlags(flags: bigint, wanted: bigint): boolean {
  return (flags & wanted) === wanted
}

/** The names of the set flags; unknown bits as `bit 40`. */
export function flagNames(flags: bigint): string[] {
  const names: string[] = (Object.keys(FLAGS) as FlagName[]).filter((name) => hasFlags(flags, FLAGS[name]))
  const known = all(...(Object.keys(FLAGS) as FlagName[]))
  for (let bit = 0n; bit < 64n; bit += 1n) {
    if ((((flags & ~known) >> bit) & 1n) === 1n) names.push(`bit ${bit}`)
  }
  return names
}

/** The names of the flags that a peer with `flags` must have for us, and has not. */
export function missingFlags(flags: bigint): string[] {
  return flagNames(MANDATORY_25 & ~expandFlags(flags))
}
