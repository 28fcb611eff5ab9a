// What is measured: name -> { decode(Buffer) -> value, encode(value) -> bytes }. `plain` codecs get the same information
// as plain JavaScript values, because they know no Erlang terms.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** npm packages and their versions; they are installed into the cache folder, not into the project. */
export const PACKAGES = { erlang_js: 'erlang_js@2.0.7', msgpackr: 'msgpackr@1.11.5' }

function fromCache(name) {
  return createRequire(join(process.env.BENCH_CACHE, 'package.json'))(name)
}

export const codecs = {
  async beamcade() {
    const folder = process.env.BENCH_DIST
    const index =
      folder === undefined
        ? new URL('../../dist/erlang/etf/index.js', import.meta.url)
        : pathToFileURL(join(folder, 'erlang/etf/index.js'))
    const { Decoder, Encoder } = await import(index.href)
    // As a connection uses them: one of each, for all messages.
    const decoder = new Decoder()
    const encoder = new Encoder()
    return { decode: (bytes) => decoder.decodeAt(bytes), encode: (term) => encoder.encode(term) }
  },
  erlang_js() {
    const { Erlang } = fromCache('erlang_js')
    let value
    let fault
    const take = (error, result) => {
      fault = error
      value = result
    }
    const taken = () => {
      if (fault) throw fault
      return value
    }
    return {
      decode: (bytes) => (Erlang.binary_to_term(bytes, take), taken()),
      encode: (term) => (Erlang.term_to_binary(term, take), taken()),
    }
  },
  json: () => ({ plain: true, decode: (text) => JSON.parse(text), encode: (value) => JSON.stringify(value) }),
  msgpackr() {
    const { Packr } = fromCache('msgpackr')
    const packr = new Packr({ useRecords: false })
    return { plain: true, decode: (bytes) => packr.unpack(bytes), encode: (value) => packr.pack(value) }
  },
}

const upTo = (count, make) => Array.from({ length: count }, (_, i) => make(i))

/** The bench terms of corpus.erl for `plain` codecs. */
export function plainTerms() {
  return {
    gen_call: [
      '$gen_call',
      [
        ['node@127.0.0.1', 300, 7, 1597675777],
        ['alias', ['node@127.0.0.1', 1597675777, 131372, 16909060, 4194370051]],
      ],
      ['erlang', 'node', []],
    ],
    map1k: {
      id: 1234567,
      name: 'observation',
      active: true,
      tags: ['alpha', 'beta', 'gamma', 'delta'],
      pos: [1.5, -2.25, 1000.125],
      grid: [...upTo(64, (i) => i + 1), ...upTo(32, (i) => 1000 + i)],
      nested: { a: 1, b: ['ok', ['x', 'y', 'z']], c: { k: 'a longer string value with some text in it' } },
      text: 'lorem ipsum dolor '.repeat(18),
    },
    ints10k: upTo(10_000, (i) => ((i + 1) * 7919) % 100_000),
    floats1k: upTo(1000, (i) => (i + 1) * 1.37 + 0.01),
    strs: upTo(100, (i) => `${String(i).padStart(4, '0')} ${'éab中 '.repeat(40)}`.slice(0, 200)),
    obs64k: ['observation', 17, Buffer.alloc(65_536, Buffer.from([1, 2, 3, 4, 5, 6, 7, 200])).toString('base64')],
    deep: upTo(500, (i) => i + 1).reduce((inner, i) => [i, inner], []),
  }
}
