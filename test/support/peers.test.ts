/** The helpers that start real peers. */
import { expect, test } from '@jest/globals'
import { describeWithElixir, describeWithErl, startBeam, startElixir, startEpmd } from './peers.ts'

describeWithErl('a BEAM for tests', () => {
  test('evaluates, keeps bindings, reports errors, prints what others print', async () => {
    const epmd = await startEpmd()
    const beam = await startBeam({ epmdPort: epmd.port })
    expect(await beam.eval('X = {node(), "text", <<"bin">>, 1.0}')).toBe(`{'${beam.name}',"text",<<"bin">>,1.0}`)
    expect(await beam.eval('element(2, X).')).toBe('"text"')
    await expect(beam.eval('1 = 2.')).rejects.toThrow('badmatch')
    await expect(beam.eval('exit(self(), kill).')).rejects.toThrow('killed')
    const slow = beam.run('receive go -> ok after 100 -> late end.')
    expect(await beam.eval('[$ż, 8364]')).toBe('"ż€"')
    expect(await slow).toBe('late')
    await beam.eval('io:format("hello ~w~n", [1])')
    await beam.process.expectOutput(/hello 1/)
  })

  test('two see each other over the epmd that was started for them', async () => {
    const epmd = await startEpmd()
    const [a, b] = await Promise.all([startBeam({ epmdPort: epmd.port }), startBeam({ epmdPort: epmd.port })])
    expect(await a.eval(`net_adm:ping('${b.name}')`)).toBe('pong')
  })
})

describeWithElixir('an Elixir for tests', () => {
  test('evaluates and prints as inspect does', async () => {
    const epmd = await startEpmd()
    const elixir = await startElixir({ epmdPort: epmd.port })
    expect(await elixir.eval('x = {Node.self(), "ż", [1]}')).toBe(`{:"${elixir.name}", "ż", [1]}`)
    expect(await elixir.eval('elem(x, 1)')).toBe('"ż"')
    await expect(elixir.run('raise "no"')).rejects.toThrow('no')
  })
})
