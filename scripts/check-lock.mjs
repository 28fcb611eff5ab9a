// The lock file must install everywhere: every optional (platform) package that an entry names must have an entry of its
// own, or `npm ci` refuses the file on other systems; and no entry may hold the address of somebody's mirror.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const { packages } = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package-lock.json'), 'utf8'))
const wrong = []
for (const [place, entry] of Object.entries(packages)) {
  for (const name of Object.keys(entry.optionalDependencies ?? {})) {
    if (!Object.keys(packages).some((other) => other.endsWith(`node_modules/${name}`))) {
      wrong.push(`${place} names ${name}, which has no entry`)
    }
  }
  if (entry.resolved !== undefined) wrong.push(`${place} holds a download address`)
}
for (const line of wrong) console.error(`package-lock.json: ${line}`)
process.exit(wrong.length === 0 ? 0 : 1)
