/** The import table of the architecture: who may import whom. A file that breaks it is named with the import. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, test } from '@jest/globals'

const src = join(import.meta.dirname, '..', 'src')

/** Folder or file → the folders and files it may import. Its own folder it always may. Longest name wins. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  'errors.ts': [],
  'events.ts': [],
  bytes: ['errors.ts'],
  'native.ts': ['errors.ts'],
  sockets: ['bytes', 'native.ts', 'errors.ts'],
  'config.ts': ['config', 'errors.ts'],
  config: ['errors.ts'],
  'erlang/etf': ['bytes', 'errors.ts'],
  'erlang/epmd': ['erlang/etf', 'bytes', 'native.ts', 'errors.ts', 'events.ts'],
  'erlang/dist': ['erlang/etf', 'bytes', 'native.ts', 'sockets', 'errors.ts', 'events.ts'],
  'erlang/node': ['erlang/epmd', 'erlang/dist', 'erlang/etf', 'bytes', 'errors.ts', 'events.ts'],
  'erlang/otp': ['erlang/node', 'erlang/epmd', 'erlang/dist', 'erlang/etf', 'bytes', 'errors.ts', 'events.ts'],
  'erlang/index.ts': ['erlang', 'bytes', 'errors.ts', 'events.ts'],
  engine: ['errors.ts', 'events.ts'],
  'engines/mettagrid': ['engine', 'bytes', 'errors.ts', 'events.ts'],
  'engines/godot': ['engine', 'bytes', 'errors.ts', 'events.ts'],
  agents: ['engine', 'errors.ts', 'events.ts'],
  sessions: ['agents', 'engine', 'errors.ts', 'events.ts'],
  'gateways/erlang': ['erlang', 'engine', 'agents', 'sessions', 'errors.ts', 'events.ts'],
  'gateways/socket': ['engine', 'agents', 'sessions', 'bytes', 'native.ts', 'sockets', 'gen', 'errors.ts', 'events.ts'],
  'gateways/mcp': ['engine', 'agents', 'sessions', 'errors.ts', 'events.ts'],
  'gateways/http': ['engine', 'agents', 'sessions', 'bytes', 'native.ts', 'gen', 'errors.ts', 'events.ts'],
  'gateways/grpc': ['engine', 'agents', 'sessions', 'bytes', 'native.ts', 'gen', 'errors.ts', 'events.ts'],
  storage: ['engine', 'sessions', 'errors.ts', 'events.ts'],
  observe: ['events.ts', 'errors.ts'],
  threads: ['engine', 'errors.ts', 'events.ts'],
  'modules.ts': ['engine', 'errors.ts'],
  'worker.ts': ['threads', 'modules.ts', 'engine', 'engines', 'errors.ts', 'events.ts'],
  'server.ts': [''],
  server: [''],
  'index.ts': [''],
  'cli.ts': [
    'cli',
    'server.ts',
    'config.ts',
    'config',
    'errors.ts',
    'events.ts',
    'erlang',
    'engine',
    'engines',
    'gateways/socket/client.ts',
  ],
  cli: [
    'server.ts',
    'config.ts',
    'config',
    'observe',
    'errors.ts',
    'events.ts',
    'erlang',
    'engine',
    'engines',
    'native.ts',
    'gateways/socket/client.ts',
    'gateways/mcp',
  ],
  gen: [],
}

/** Package → the places that may import it. */
const PACKAGES: Record<string, readonly string[]> = {
  zod: ['config', 'engine', 'engines', 'gateways'],
  pino: ['observe'],
  '@bufbuild/protobuf': ['gateways', 'gen'],
  'classic-level': ['storage'],
  '@modelcontextprotocol/server': ['gateways/mcp'],
}

const inside = (file: string, place: string): boolean => place === '' || file === place || file.startsWith(`${place}/`)

function ruleFor(file: string): string | undefined {
  const places = Object.keys(MAY_IMPORT).filter((place) => inside(file, place))
  return places.sort((a, b) => b.length - a.length)[0]
}

function sourceFiles(): string[] {
  const all = readdirSync(src, { recursive: true, encoding: 'utf8' })
  return all.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
}

/** What is wrong with the imports of one file, a sentence each. */
function violations(file: string, text: string): string[] {
  const place = ruleFor(file)
  if (place === undefined) return [`${file}: lies in no folder of the import table`]
  const wrong: string[] = []
  for (const [, specifier = ''] of text.matchAll(/(?:^(?:import|export|\})(?:[^'\n]* from)? |\bimport\()'([^']+)'/gm)) {
    if (specifier.startsWith('.')) {
      const target = relative(src, join(src, dirname(file), specifier))
      const allowed = [place, ...(MAY_IMPORT[place] ?? [])]
      if (!allowed.some((one) => inside(target, one))) wrong.push(`${file} must not import ${target}`)
    } else if (!specifier.startsWith('node:')) {
      const name = specifier.startsWith('@')
        ? specifier.split('/').slice(0, 2).join('/')
        : (specifier.split('/')[0] ?? '')
      const allowed = PACKAGES[name] ?? []
      if (!allowed.some((one) => inside(file, one))) wrong.push(`${file} must not import the package ${name}`)
    }
  }
  return wrong
}

describe('architecture', () => {
  test('every file imports only what its folder may', () => {
    const wrong = sourceFiles().flatMap((file) => violations(file, readFileSync(join(src, file), 'utf8')))
    expect(wrong).toEqual([])
  })

  test('the check sees a forbidden import, a forbidden package and a stray folder', () => {
    expect(violations('engine/x.ts', `import { a } from '../erlang/index.ts'`)).toHaveLength(1)
    expect(violations('erlang/etf/x.ts', `import { z } from 'zod'`)).toHaveLength(1)
    expect(violations('elsewhere/x.ts', '')).toHaveLength(1)
    expect(violations('erlang/etf/x.ts', `import { b } from '../../bytes/writer.ts'`)).toEqual([])
  })
})
