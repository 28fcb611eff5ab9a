import { expect, test } from '@jest/globals'
import { nearest } from '../../src/config/nearest.ts'

const names = ['name', 'sname', 'distPort', 'epmdPort', 'epmd', 'ping', 'max-games']

test.each([
  ['nmae', 'name'],
  ['Name', 'name'],
  ['dist-port', 'distPort'],
  ['epmd_prot', 'epmdPort'],
  ['pin', 'ping'],
  ['maxgame', 'max-games'],
  ['xyz', undefined],
  ['', undefined],
  ['x'.repeat(100_000), undefined],
])('%s means %s', (word, meant) => {
  expect(nearest(word, names)).toBe(meant)
})

test('of two that are as near the first is meant', () => {
  expect(nearest('cat', ['bat', 'rat'])).toBe('bat')
})
