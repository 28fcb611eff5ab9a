// The hooks of ts-loader.mjs: TypeScript to ES modules by the compiler that the build uses.
import { createHash, randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const cache = join(import.meta.dirname, '../../node_modules/.cache/beamcade-ts')
const packages = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')).devDependencies

export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context)
  const source = readFileSync(fileURLToPath(url), 'utf8')
  return { format: 'module', shortCircuit: true, source: await compiled(source, fileURLToPath(url)) }
}

async function compiled(source, fileName) {
  const key = createHash('sha1').update(packages.typescript).update(fileName).update(source).digest('hex')
  const kept = join(cache, `${key}.mjs`)
  try {
    return readFileSync(kept, 'utf8')
  } catch {
    // Not compiled yet.
  }
  const { default: ts } = await import('typescript')
  const { outputText } = ts.transpileModule(source, {
    fileName,
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      inlineSourceMap: true,
      inlineSources: true,
    },
  })
  mkdirSync(cache, { recursive: true })
  // Whole or not at all: tests run side by side, and threads in one process.
  const draft = `${kept}.${randomUUID()}`
  writeFileSync(draft, outputText)
  renameSync(draft, kept)
  return outputText
}
