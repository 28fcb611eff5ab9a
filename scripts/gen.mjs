// `npm run gen`: src/gen out of proto/, by protoc (Debian: protobuf-compiler) and protoc-gen-es.
//
//   node scripts/gen.mjs           writes src/gen
//   node scripts/gen.mjs --check   writes nothing; names the files that differ from what would be written, and fails
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(import.meta.dirname, '..')
const gen = join(root, 'src/gen')
const files = (folder) => {
  const all = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return all.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)).sort()
}

/** What `target=ts` needs to be erasable, to be found by our import specifiers, and to have types for proto3 JSON. */
const OPTIONS = 'target=ts,import_extension=ts,erasable_syntax=true,json_types=true'

/** Runs protoc; undefined if it is not installed. @throws what it has against the files */
export function generate(folder) {
  const plugin = `protoc-gen-es=${join(root, 'node_modules/.bin/protoc-gen-es')}`
  const sources = files(join(root, 'proto')).filter((file) => file.endsWith('.proto'))
  const args = ['-I', join(root, 'proto'), `--plugin=${plugin}`, `--es_out=${folder}`, `--es_opt=${OPTIONS}`]
  const { error, status, stderr } = spawnSync('protoc', [...args, ...sources], { encoding: 'utf8' })
  if (error?.code === 'ENOENT') return undefined
  if (status !== 0) throw new Error(`protoc failed: ${stderr || error?.message}`)
  return files(folder)
}

/** The files of `folder` that are not as they would be written, by path; undefined if protoc is not installed. */
export function drift(kept = gen) {
  const fresh = mkdtempSync(join(tmpdir(), 'beamcade-gen-'))
  try {
    const made = generate(fresh)
    if (made === undefined) return undefined
    const there = files(kept)
    const read = (folder, file) => readFileSync(join(folder, file), 'utf8')
    const same = (file) => made.includes(file) && there.includes(file) && read(fresh, file) === read(kept, file)
    return [...new Set([...made, ...there])].filter((file) => !same(file))
  } finally {
    rmSync(fresh, { recursive: true })
  }
}

function write() {
  const folder = `${gen}.new`
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const written = generate(folder)
  if (written === undefined) {
    rmSync(folder, { recursive: true })
    console.error('gen: protoc is not installed; Debian has it as protobuf-compiler')
    process.exit(1)
  }
  rmSync(gen, { recursive: true, force: true })
  renameSync(folder, gen)
  for (const file of written) console.log(`gen: src/gen/${file}`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--check')) {
    const different = drift()
    if (different === undefined) console.log('gen: left out, protoc is not installed')
    else for (const file of different) console.error(`src/gen/${file} is not what proto/ makes: run \`npm run gen\``)
    process.exitCode = different === undefined || different.length === 0 ? 0 : 1
  } else write()
}
