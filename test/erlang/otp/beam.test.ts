/** A node of ours beside a real BEAM: what Elixir users do, in both directions. Where it is easy, a `gen_server` of the BEAM says what is right. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import {
  atom,
  type CallResult,
  ErlangError,
  ErlangNode,
  type From,
  functionTable,
  GenServer,
  isAtom,
  NO_REPLY,
  type Term,
  Tuple,
  tuple,
} from '../../../src/erlang/index.ts'
import { Inbox } from '../../support/erlang-nodes.ts'
import { type Beam, describeWithElixir, startBeam, startElixir, startEpmd, uniqueName } from '../../support/peers.ts'

/** The same server as `ELIXIR_SERVER`. */
class Twin extends GenServer {
  #held: From | undefined
  override handleCall(request: Term, from: From): CallResult | Promise<CallResult> {
    if (isAtom(request, 'later')) {
      const timer = setTimeout(() => from.reply(atom('late')), 40)
      this.process.signal.addEventListener('abort', () => {
        clearTimeout(timer)
      })
      return NO_REPLY
    }
    if (isAtom(request, 'hold')) {
      this.#held = from
      return NO_REPLY
    }
    if (isAtom(request, 'pid')) return this.pid
    if (isAtom(request, 'stop_me')) {
      this.stop(atom('asked'))
      return NO_REPLY
    }
    if (isAtom(request, 'crash')) throw new ErlangError('exit', atom('crashed'))
    if (request instanceof Tuple && isAtom(request.elements[0], 'link')) {
      this.process.link(from.pid)
      return atom('ok')
    }
    return tuple(atom('echo'), request)
  }
  override handleCast(request: Term): void {
    if (isAtom(request, 'stop')) this.stop(atom('cast'))
  }
  override handleInfo(message: Term): void {
    if (isAtom(message, 'release')) this.#held?.reply(atom('late'))
    if (message instanceof Tuple && isAtom(message.elements[0], 'to'))
      this.send(message.elements[1] as never, message.elements[2] ?? null)
  }
  override getState(): Term {
    return tuple(atom('state'), 1)
  }
}

const ELIXIR_SERVER = `
defmodule Twin do
  use GenServer
  def start(name), do: GenServer.start(__MODULE__, nil, name: name)
  def init(_), do: {:ok, {:state, 1}}
  def handle_call(:later, from, s) do
    spawn(fn -> Process.sleep(40); GenServer.reply(from, :late) end)
    {:noreply, s}
  end
  def handle_call(:hold, from, s) do
    Process.put(:held, from)
    {:noreply, s}
  end
  def handle_call(:pid, _, s), do: {:reply, self(), s}
  def handle_call(:stop_me, _, s), do: {:stop, :asked, s}
  def handle_call(:crash, _, _), do: exit(:crashed)
  def handle_call({:link, _}, {pid, _}, s) do
    Process.link(pid)
    {:reply, :ok, s}
  end
  def handle_call(request, _, s), do: {:reply, {:echo, request}, s}
  def handle_cast(:stop, s), do: {:stop, :cast, s}
  def handle_cast(_, s), do: {:noreply, s}
  def handle_info({:to, pid, message}, s) do
    send(pid, message)
    {:noreply, s}
  end
  def handle_info(:release, s) do
    GenServer.reply(Process.get(:held), :late)
    {:noreply, s}
  end
  def handle_info(_, s), do: {:noreply, s}
end
# Both ask for the same: what comes back, or what is raised, and what the mailbox holds afterwards.
ask = fn f -> fn target ->
  parent = self()
  ref = make_ref()
  {pid, mon} = spawn_monitor(fn ->
    result = try do f.(target) catch kind, reason -> {kind, reason} end
    rest = receive do m -> m after 80 -> :empty end
    send(parent, {ref, {result, rest}})
  end)
  receive do
    {^ref, x} -> Process.demonitor(mon, [:flush]); x
    {:DOWN, ^mon, _, _, why} -> {:died, why}
  end
end end
`

/** Lets what is held be answered, now that its caller `t` has given up; it has come, if it does, before this is over. */
const LATE = 'send(t, :release); GenServer.call(t, :x)'

const functions = functionTable({
  't:add/2': ([x, y]) => (x as number) + (y as number),
  't:error/0': () => {
    throw new ErlangError('error', atom('bad'), [tuple(atom('t'), atom('error'), 0, [])])
  },
  't:exit/0': () => {
    throw new ErlangError('exit', atom('bad'))
  },
  't:throw/1': ([ball]) => {
    throw new ErlangError('throw', ball ?? null)
  },
  't:sleep/1': ([ms], { signal }) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms as number, atom('ok'))
      signal.addEventListener('abort', () => {
        clearTimeout(timer)
      })
    }),
  't:list/1': ([list]) => (Array.isArray(list) ? list.length : atom('no_list')),
  't:send/2': ([to, message], { self }) => {
    sender?.(to ?? null, message ?? null)
    return self
  },
})
let sender: ((to: Term, message: Term) => void) | undefined

describeWithElixir('a node of ours and a real BEAM', () => {
  let node: ErlangNode
  let beam: Beam
  let server: Twin
  /** Our node as Elixir writes it. */
  let n: string

  beforeAll(async () => {
    node = await ErlangNode.start({
      name: uniqueName('js'),
      cookie: 'c',
      epmd: { port: 0, embed: 'always' },
      functions,
    })
    sender = (to, message) => {
      node.send(to as never, message)
    }
    server = node.startServer(new Twin(), { name: 'twin' })
    beam = await startElixir({ epmdPort: node.epmd?.port ?? 0, cookie: 'c' })
    n = `:"${node.name}"`
    await beam.eval(
      `n = ${n}\n${ELIXIR_SERVER}\n{:ok, _} = Twin.start(:twin)\nflush = fn f -> receive do m -> [m | f.(f)] after 0 -> [] end end\n:ok`,
    )
  })
  afterAll(async () => {
    await beam.stop()
    await node.stop()
  })

  /** Evaluates in the shell, where `n` is our node. */
  const ex = (code: string): Promise<string> => beam.eval(code)
  /** Asks our server and the BEAM's the same, in a process of its own; `t` is the server. Names of nodes are made equal. */
  async function both(code: string): Promise<[ours: string, theirs: string]> {
    const ask = (target: string): Promise<string> => ex(`ask.(fn t -> ${code} end).(${target})`)
    const equal = (text: string): string => text.replaceAll(node.name, 'NODE').replaceAll(beam.name, 'NODE').replaceAll(/#(PID|Reference)<[^>]*>/g, '#$1<>') // prettier-ignore
    return [equal(await ask('{:twin, n}')), equal(await ask(`{:twin, node()}`))]
  }

  describe('what Elixir does to our node', () => {
    test('ping, and the lists of nodes: we are hidden', async () => {
      expect(await ex('Node.ping(n)')).toBe(':pong')
      expect(await ex('Node.list()')).toBe('[]')
      expect(await ex('Node.list(:hidden)')).toBe(`[${n}]`)
      expect(node.nodes()).toEqual([beam.name])
    })

    test.each([
      'GenServer.call(t, {1, 2.0, "x", [1, 2], %{a: nil}})',
      'GenServer.call(t, :x, :infinity)',
      'GenServer.call(t, :later)',
      `r = try do GenServer.call(t, :hold, 10) catch kind, why -> {kind, why} end; ${LATE}; r`,
      'GenServer.call(put_elem(t, 0, :nobody), 1)',
      'GenServer.cast(t, 1)',
      'GenServer.multi_call([elem(t, 1)], elem(t, 0), :x)',
      'GenServer.multi_call([elem(t, 1)], :nobody, :x)',
      `r = GenServer.multi_call([elem(t, 1)], elem(t, 0), :hold, 10); ${LATE}; r`,
      ':gen_server.receive_response(:gen_server.send_request(t, :x), 1000)',
      `q = :gen_server.send_request(t, :hold); r = :gen_server.wait_response(q, 10); ${LATE}; {r, :gen_server.receive_response(q, 1000)}`,
      ':sys.get_state(t)',
      ':sys.suspend(t); r = :gen_server.send_request(t, 1); :sys.resume(t); :gen_server.receive_response(r, 1000)',
      'elem(:sys.get_status(t), 2)',
      'length(elem(:sys.get_status(t), 3))',
      'send(t, {:to, self(), :hello}); receive do m -> m end',
      'r = make_ref(); send(t, {:"$gen_call", {self(), r}, :x}); receive do {^r, x} -> x end',
      'send(t, {:"$gen_call", {self(), {:any, "tag"}}, :x}); receive do m -> m end',
      'send(t, {:"$gen_call", {self(), [:alias | Process.monitor(t, alias: :reply_demonitor)]}, :x}); receive do {_, x} -> x end',
      'm = Process.monitor(put_elem(t, 0, :nobody)); receive do {:DOWN, ^m, a, b, c} -> {a, elem(b, 0), c} after 1000 -> :nothing end',
      'm = Process.monitor(t); Process.demonitor(m); GenServer.call(t, 1)',
    ])('as a gen_server of the BEAM: %s', async (code) => {
      const [ours, theirs] = await both(code)
      expect(ours).toBe(theirs)
    })

    test.each([
      'GenServer.call(t, :crash)',
      'GenServer.call(t, :stop_me)',
      'GenServer.stop(t)',
      'GenServer.stop(t, :because)',
      'm = Process.monitor(t); GenServer.cast(t, :stop); receive do {:DOWN, ^m, a, _, c} -> {a, c} end',
      'p = GenServer.call(t, :pid); m = Process.monitor(p); Process.exit(p, :kill); receive do {:DOWN, ^m, a, _, c} -> {a, c} end',
      'Process.flag(:trap_exit, true); GenServer.call(t, {:link, 1}); GenServer.cast(t, :stop); receive do {:EXIT, _, r} -> r end',
      'GenServer.call(t, {:link, 1}); GenServer.cast(t, :stop); receive do :never -> :alive after 5000 -> :not_ended end',
    ])('ends as a gen_server of the BEAM: %s', async (code) => {
      const fresh = node.startServer(new Twin(), { name: 'mortal' })
      await ex('{:ok, _} = Twin.start(:mortal)')
      const [ours, theirs] = await both(code.replaceAll(/\bt\b/g, 'put_elem(t, 0, :mortal)'))
      expect(ours).toBe(theirs)
      fresh.stop()
      // The name is free when the process is gone, not when it was told to go.
      await ex(
        'if p = Process.whereis(:mortal) do m = Process.monitor(p); Process.exit(p, :kill); receive do {:DOWN, ^m, _, _, _} -> :ok end end',
      )
    })

    test('rpc and erpc, calls, casts and multicalls', async () => {
      expect(await ex(':rpc.call(n, :t, :add, [1, 2])')).toBe('3')
      expect(await ex(':erpc.call(n, :t, :add, [1, 2])')).toBe('3')
      expect(await ex(':rpc.block_call(n, :t, :add, [1, 2])')).toBe('3')
      expect(await ex(':erpc.multicall([n, n], :t, :add, [1, 2])')).toBe('[ok: 3, ok: 3]')
      expect(await ex(':rpc.multicall([n, :"nobody@127.0.0.1"], :t, :add, [1, 2])')).toBe(
        '{[3], [:"nobody@127.0.0.1"]}',
      )
      expect(await ex(':rpc.call(n, :t, :list, [[1, 2, 3]])')).toBe('3')
      expect(await ex(':rpc.call(n, :t, :list, [[]])')).toBe('0')
      expect(await ex(':rpc.cast(n, :t, :send, [self(), :cast]); receive do m -> m end')).toBe(':cast')
      expect(await ex(':erpc.cast(n, :t, :send, [self(), :ecast]); receive do m -> m end')).toBe(':ecast')
      expect(await ex('r = :erpc.send_request(n, :t, :add, [3, 4]); :erpc.receive_response(r)')).toBe('7')
      expect(await ex(':rpc.call(n, :t, :sleep, [5000], 10)')).toBe('{:badrpc, :timeout}')
      expect(await ex('try do :erpc.call(n, :t, :sleep, [5000], 10) catch k, r -> {k, r} end')).toBe(
        '{:error, {:erpc, :timeout}}',
      )
      expect(await ex(':rpc.async_call(n, :t, :add, [5, 5]) |> :rpc.yield()')).toBe('10')
    })

    test('rpc and erpc fail as a BEAM says it', async () => {
      const badrpc = async (name: string, args: string): Promise<string> => ex(`:rpc.call(n, :t, :${name}, ${args})`)
      expect(await badrpc('nix', '[1]')).toBe('{:badrpc, {:EXIT, {:undef, [{:t, :nix, [1], []}]}}}')
      expect(await badrpc('add', '[1]')).toBe('{:badrpc, {:EXIT, {:undef, [{:t, :add, [1], []}]}}}')
      expect(await badrpc('error', '[]')).toBe('{:badrpc, {:EXIT, {:bad, [{:t, :error, 0, []}]}}}')
      expect(await badrpc('exit', '[]')).toBe('{:badrpc, {:EXIT, :bad}}')
      expect(await badrpc('throw', '[:ball]')).toBe(':ball')
      expect(await ex(':rpc.block_call(n, :t, :nix, [])')).toBe('{:badrpc, {:EXIT, {:undef, [{:t, :nix, [], []}]}}}')
      const erpc = async (name: string, args: string): Promise<string> =>
        ex(`try do :erpc.call(n, :t, :${name}, ${args}) catch k, r -> {k, r} end`)
      expect(await erpc('nix', '[1]')).toBe('{:error, {:exception, :undef, [{:t, :nix, [1], []}]}}')
      expect(await erpc('exit', '[]')).toBe('{:exit, {:exception, :bad}}')
      expect(await erpc('throw', '[1]')).toBe('{:throw, 1}')
    })

    test('rpc:server_call, sbcast and the form of C nodes', async () => {
      expect(await ex('send({:rex, n}, {self(), {:call, :t, :add, [1, 1], self()}}); receive do m -> m end')).toBe(
        '{:rex, 2}',
      )
      expect(await ex('send({:rex, n}, {self(), :features_request}); receive do m -> m end')).toBe(
        `{:features_reply, ${n}, [:erpc]}`,
      )
      expect(await ex(':rpc.sbcast([n], :twin, {:to, self(), :sb})')).toBe(`{[${n}], []}`)
      expect(await ex('receive do m -> m end')).toBe(':sb')
      expect(await ex(':rpc.sbcast([n], :nobody, 1)')).toBe(`{[], [${n}]}`)
      expect(await ex(':rpc.server_call(n, :nobody, :x, 1)')).toBe('{:error, :nodedown}')
    })

    test('spawn, spawn_link and spawn_monitor run what the table has, or end with undef', async () => {
      expect(await ex('Node.spawn(n, :t, :send, [self(), :spawned]); receive do m -> m end')).toBe(':spawned')
      expect(await ex('p = Node.spawn(n, :t, :sleep, [5000]); {node(p) == n, Process.exit(p, :kill)}')).toBe(
        '{true, true}',
      )
      expect(
        await ex('{p, m} = Node.spawn_monitor(n, :t, :exit, []); receive do {:DOWN, ^m, :process, ^p, r} -> r end'),
      ).toBe(':bad')
      expect(
        await ex('{p, m} = Node.spawn_monitor(n, :t, :nix, [1]); receive do {:DOWN, ^m, :process, ^p, r} -> r end'),
      ).toBe('{:undef, [{:t, :nix, [1], []}]}')
      expect(
        await beam.run(
          `Process.flag(:trap_exit, true); p = Node.spawn_link(${n}, :t, :exit, []); receive do {:EXIT, ^p, r} -> r end`,
        ),
      ).toBe(':bad')
      expect(
        await beam.run(
          `Process.flag(:trap_exit, true); p = Node.spawn_link(${n}, fn -> 1 end); receive do {:EXIT, ^p, {r, [{m, f, [_, []], []}]}} -> {r, m, f} end`,
        ),
      ).toBe('{:undef, :erlang, :apply}')
      expect(
        await ex(
          'r = :erlang.spawn_request(n, :t, :add, [1, 1], [{:priority, :high}, :monitor]); receive do {:spawn_reply, ^r, a, _} -> a end',
        ),
      ).toBe(':ok')
      await ex('flush.(flush)')
      expect(await ex(':erlang.spawn_opt(n, :t, :add, [1, 1], [:link, {:min_heap_size, 100}]) |> node() == n')).toBe(
        'true',
      )
    })

    test('links: our process ends with theirs, theirs with ours, unlink parts them', async () => {
      const inbox = new Inbox(node, { trapExit: true, name: 'linked' })
      await ex(
        `me = self(); {l, m} = spawn_monitor(fn -> receive do pid -> Process.link(pid); send(me, :linked); receive do r -> exit(r) end end end); true`,
      )
      node.send({ name: 'nobody', node: beam.name }, 1)
      const { pid } = inbox.process
      await ex('Process.register(l, :linker)')
      inbox.process.send({ name: 'linker', node: beam.name }, pid)
      expect(await ex('receive do :linked -> :linked end')).toBe(':linked')
      await ex('send(l, :bye)')
      expect((await inbox.next()) as Tuple).toMatchObject({ elements: [atom('EXIT'), expect.anything(), atom('bye')] })

      const second = new Inbox(node)
      await ex(
        `flush.(flush); {l, m} = spawn_monitor(fn -> receive do {:link, pid} -> Process.link(pid); send(me, :linked); receive do {:unlink, p} -> Process.unlink(p); send(me, :unlinked); receive do r -> exit(r) end end end end); Process.register(l, :linker2)`,
      )
      const to = { name: 'linker2', node: beam.name }
      second.process.send(to, tuple(atom('link'), second.process.pid))
      expect(await ex('receive do :linked -> :linked end')).toBe(':linked')
      second.process.send(to, tuple(atom('unlink'), second.process.pid))
      expect(await ex('receive do :unlinked -> :unlinked end')).toBe(':unlinked')
      second.process.exit(atom('boom'))
      expect(await ex('{Process.alive?(l), Process.exit(l, :kill)}')).toBe('{true, true}')
    })

    test('a group leader is set, and unknown requests of sys are refused as OTP does', async () => {
      const inbox = new Inbox(node, { name: 'led' })
      await ex('flush.(flush); Process.register(self(), :leader)')
      inbox.process.send({ name: 'leader', node: beam.name }, inbox.process.pid)
      await ex(
        'receive do pid -> Process.group_leader(pid, self()); send(pid, self()) end; Process.unregister(:leader)',
      )
      const leader = await inbox.next()
      expect(inbox.process.groupLeader).toEqual(leader)
      const [ours, theirs] = await both(':sys.replace_state(t, fn s -> s end)')
      expect(theirs).toBe('{{:state, 1}, :empty}')
      expect(ours).toBe('{{:error, :not_supported}, :empty}')
      expect(await ex(':sys.trace({:twin, n}, true)')).toBe('{:error, {:unknown_system_msg, {:debug, {:trace, true}}}}')
    })

    test('a late reply is not in the mailbox', async () => {
      const code = `
        t = {:twin, ${n}}
        r = try do GenServer.call(t, :hold, 5) catch :exit, {:timeout, _} -> :timeout end
        ${LATE}
        {r, receive do m -> m after 0 -> :empty end}`
      expect(await beam.run(code)).toBe('{:timeout, :empty}')
    })

    test('many at once', async () => {
      const code = `1..200 |> Enum.map(fn i -> Task.async(fn -> Enum.map(1..10, fn j -> GenServer.call({:twin, ${n}}, {i, j}) == {:echo, {i, j}} end) end) end) |> Task.await_many() |> List.flatten() |> Enum.uniq()`
      expect(await beam.run(code)).toBe('[true]')
      // What was taken back before this call has arrived with it.
      await ex('GenServer.call({:twin, n}, 1); GenServer.call({:rex, n}, {:call, :t, :add, [1, 1], self()})')
      expect(server.process.watchers.size).toBe(0)
    })
  })

  describe('what our node does to a BEAM', () => {
    const twin = (): { name: string; node: string } => ({ name: 'twin', node: beam.name })

    test('calls, casts, timeouts, noproc, an end during the call', async () => {
      expect(await node.call(twin(), tuple(1, 2))).toEqual(tuple(atom('echo'), tuple(1, 2)))
      expect(await node.call(twin(), atom('later'))).toEqual(atom('late'))
      await expect(node.call(twin(), atom('hold'), { timeoutMs: 5 })).rejects.toMatchObject({ code: 'timeout' })
      await expect(node.call({ name: 'nobody', node: beam.name }, 1)).rejects.toMatchObject({ code: 'noproc' })
      await ex('{:ok, _} = Twin.start(:brief)')
      await expect(node.call({ name: 'brief', node: beam.name }, atom('crash'))).rejects.toMatchObject({
        code: 'exited',
        details: { reason: 'crashed' },
      })
      await ex('flush.(flush); Process.register(self(), :shell)')
      node.cast({ name: 'shell', node: beam.name }, atom('hello'))
      expect(await ex('receive do m -> m end')).toBe('{:"$gen_cast", :hello}')
    })

    test('what comes to the alias of a call and is no reply goes to the mailbox, and the call goes on', async () => {
      const inbox = new Inbox(node)
      await ex(
        'chatty = spawn(fn -> receive do {:"$gen_call", {_, [:alias | ref] = tag} = from, _} -> ' +
          'Enum.each([:soon, {:soon}, {:soon, 1}, {ref, 1, 2}, [tag | 1]], &send(ref, &1)); GenServer.reply(from, :now) end end); ' +
          'Process.register(chatty, :chatty)',
      )
      const chatty = { name: 'chatty', node: beam.name }
      expect(await node.call(chatty, 1, { from: inbox.process })).toEqual(atom('now'))
      expect(node.nodes()).toContain(beam.name)
      const soon = atom('soon')
      expect(inbox.rest.slice(0, 3)).toEqual([soon, tuple(soon), tuple(soon, 1)])
      expect(inbox.rest).toHaveLength(5)
    })

    test('a late reply reaches nobody', async () => {
      const inbox = new Inbox(node)
      const late = new Promise((resolve) => {
        const off = node.events.subscribe('node.dropped', (event) => {
          off()
          resolve(event)
        })
      })
      await expect(node.call(twin(), atom('hold'), { timeoutMs: 5, from: inbox.process })).rejects.toMatchObject({
        code: 'timeout',
      })
      node.send(twin(), atom('release'))
      expect(await late).toEqual({ kind: 'alias_send', peer: node.name, code: 'noproc' })
      expect(inbox.rest).toEqual([])
    })

    test('rpc: values, exceptions, output', async () => {
      const output = new Promise((resolve) => node.events.subscribe('node.output', resolve))
      expect(await node.rpc(beam.name, 'lists', 'sum', [[1, 2, 3]])).toBe(6)
      expect(await node.rpc(beam.name, 'Elixir.IO', 'puts', ['from afar'])).toEqual(atom('ok'))
      expect(await output).toEqual({ peer: beam.name, text: 'from afar\n' })
      await expect(node.rpc(beam.name, 'erlang', 'exit', [atom('x')])).rejects.toMatchObject({
        code: 'remote_error',
        cause: { class: 'exit', reason: atom('x') },
      })
      await expect(node.rpc(beam.name, 'erlang', 'throw', [1])).rejects.toMatchObject({
        cause: { class: 'throw', reason: 1 },
      })
      await expect(node.rpc(beam.name, 'no', 'no', [])).rejects.toMatchObject({
        cause: { class: 'error', reason: atom('undef') },
      })
      await expect(node.rpc(beam.name, 'timer', 'sleep', [5000], { timeoutMs: 10 })).rejects.toMatchObject({
        code: 'timeout',
      })
    })

    test('monitors and links to its processes, by pid and by name', async () => {
      await ex('{:ok, _} = Twin.start(:watched)')
      const inbox = new Inbox(node, { trapExit: true })
      const target = { name: 'watched', node: beam.name }
      const pid = (await node.rpc(beam.name, 'erlang', 'whereis', [atom('watched')])) as never
      const refs = [inbox.process.monitor(target), inbox.process.monitor(pid)]
      inbox.process.link(pid)
      node.cast(target, atom('stop'))
      const got = [await inbox.next(), await inbox.next(), await inbox.next()]
      const down = (ref: Term, what: Term): Term => tuple(atom('DOWN'), ref, atom('process'), what, atom('cast'))
      expect(got).toEqual(
        expect.arrayContaining([
          down(refs[0] ?? null, tuple(atom('watched'), atom(beam.name))),
          down(refs[1] ?? null, pid),
          tuple(atom('EXIT'), pid, atom('cast')),
        ]),
      )
      const late = [inbox.process.monitor(target), inbox.process.monitor(pid)]
      inbox.process.link(pid)
      const noproc = [await inbox.next(), await inbox.next(), await inbox.next()]
      expect(noproc).toHaveLength(late.length + 1)
      for (const message of noproc) expect((message as Tuple).elements.at(-1)).toEqual(atom('noproc'))
    })

    test('spawns there, linked and monitored', async () => {
      const inbox = new Inbox(node, { trapExit: true })
      const options = { from: inbox.process, link: true, monitor: true }
      const { pid, ref } = await node.spawnAt(beam.name, 'erlang', 'exit', [atom('done')], options)
      expect([await inbox.next(), await inbox.next()]).toEqual(
        expect.arrayContaining([
          tuple(atom('EXIT'), pid, atom('done')),
          tuple(atom('DOWN'), ref, atom('process'), pid, atom('done')),
        ]),
      )
    })
  })

  describe('when the connection is lost', () => {
    test('both sides hear noconnection, and the next call connects again', async () => {
      const inbox = new Inbox(node, { trapExit: true })
      const twin = { name: 'twin', node: beam.name }
      const ref = inbox.process.monitor(twin)
      await node.call(twin, 1)
      await ex(`flush.(flush); m = Process.monitor({:twin, n}); GenServer.call({:twin, n}, 1); Node.disconnect(n)`)
      expect(await inbox.next()).toEqual(
        tuple(atom('DOWN'), ref, atom('process'), tuple(atom('twin'), atom(beam.name)), atom('noconnection')),
      )
      expect(await ex('receive do {:DOWN, ^m, _, _, r} -> r end')).toBe(':noconnection')
      const call = node.call(twin, atom('hold'), { timeoutMs: 30_000 })
      await node.call(twin, 1)
      await ex('m = Process.monitor({:twin, n})')
      node.disconnect(beam.name)
      await expect(call).rejects.toMatchObject({ code: 'noconnection' })
      // Before it knows, it would ask over the connection that is gone.
      await ex('receive do {:DOWN, ^m, _, _, :noconnection} -> :ok end')
      expect(await ex('Node.ping(n)')).toBe(':pong')
      expect(await ex('GenServer.call({:twin, n}, 1)')).toBe('{:echo, 1}')
    })

    test('because the BEAM dies', async () => {
      const other = await startBeam({ epmdPort: node.epmd?.port ?? 0, cookie: 'c' })
      const inbox = new Inbox(node)
      const ref = inbox.process.monitor({ name: 'init', node: other.name })
      expect(await node.ping(other.name)).toBe(true)
      const call = node.rpc(other.name, 'timer', 'sleep', [60_000], { timeoutMs: Infinity })
      const failed = expect(call).rejects.toMatchObject({ code: 'noconnection' })
      await node.ping(other.name)
      await other.stop()
      await failed
      expect(await inbox.next()).toEqual(
        tuple(atom('DOWN'), ref, atom('process'), tuple(atom('init'), atom(other.name)), atom('noconnection')),
      )
    })
  })

  test('without monitors, as a C node: calls work, nobody hears of noproc', async () => {
    const epmdPort = node.epmd?.port ?? 0
    const plain = await ErlangNode.start({
      name: uniqueName('js'),
      cookie: 'c',
      epmd: { port: epmdPort },
      distMonitor: false,
    })
    plain.startServer(new Twin(), { name: 'twin' })
    const to = `:"${plain.name}"`
    expect(await ex(`GenServer.call({:twin, ${to}}, :x)`)).toBe('{:echo, :x}')
    expect(await ex(`Node.ping(${to})`)).toBe(':pong')
    expect(await ex(`:rpc.call(${to}, :erlang, :node, [])`)).toContain('undef')
    expect(plain.whereis('twin')?.watchers.size).toBe(0)
    expect(await ex(`try do GenServer.call({:nobody, ${to}}, :x, 20) catch :exit, {why, _} -> why end`)).toBe(
      ':timeout',
    )
    expect(await plain.call({ name: 'twin', node: beam.name }, 1)).toEqual(tuple(atom('echo'), 1))
    await ex(`m = Process.monitor({:twin, ${to}})`)
    await plain.stop()
    expect(await ex('receive do {:DOWN, ^m, _, _, why} -> why end')).toBe(':noconnection')
  })

  test('epmd goes away and comes back: pids stay valid, new nodes find us', async () => {
    const epmd = await startEpmd()
    const away = { epmdPort: epmd.port, cookie: 'c' }
    const js = await ErlangNode.start({
      name: uniqueName('js'),
      cookie: 'c',
      epmd: { port: epmd.port, embed: 'never' },
    })
    const first = await startBeam(away)
    const { pid } = js.startServer(new Twin(), { name: 'twin' })
    await first.eval(`P = gen_server:call({twin, '${js.name}'}, pid)`)
    const { creation } = js
    const lost = new Promise((resolve) => js.events.subscribe('epmd.lost', resolve))
    const back = new Promise((resolve) => js.events.subscribe('epmd.registered', resolve))
    await epmd.stop()
    await lost
    const again = await startEpmd(epmd.port)
    await back
    const second = await startBeam(away)
    expect(await second.eval(`net_adm:ping('${js.name}')`)).toBe('pong')
    expect(await first.eval('gen_server:call(P, x)')).toBe('{echo,x}')
    expect([js.creation, pid.creation]).toEqual([creation, creation])
    await Promise.all([js.stop(), first.stop(), second.stop()])
    await again.stop()
  })

  describe('several', () => {
    test('BEAMs at once, and nodes of ours in one process, and who dials whom', async () => {
      const epmdPort = node.epmd?.port ?? 0
      const second = await ErlangNode.start({ name: uniqueName('zjs'), cookie: 'c', epmd: { port: epmdPort } })
      second.startServer(new Twin(), { name: 'twin' })
      const other = await startBeam({ epmdPort, cookie: 'c' })
      try {
        await other.eval('net_kernel:monitor_nodes(true, [{node_type, all}])')
        await ex(':net_kernel.monitor_nodes(true, [{:node_type, :all}])')
        for (let round = 0; round < 10; round += 1) {
          // Both dial at the same moment; one of our names is smaller than the BEAM's, one is greater.
          const dials = [
            second.connect(other.name),
            node.connect(other.name),
            other.eval(`[net_adm:ping(N) || N <- ['${second.name}', '${node.name}']]`),
            second.connect(beam.name),
            beam.eval(`Enum.map([:"${second.name}", n], &Node.ping/1)`),
          ]
          const results = await Promise.all(dials)
          expect(results[2]).toBe('[pong,pong]')
          expect(results[4]).toBe('[:pong, :pong]')
          expect(await second.call({ name: 'twin', node: beam.name }, round)).toEqual(tuple(atom('echo'), round))
          expect(await second.call({ name: 'twin', node: node.name }, round)).toEqual(tuple(atom('echo'), round))
          expect(await other.eval(`gen_server:call({twin, '${second.name}'}, x)`)).toBe('{echo,x}')
          // Where two dials met, one connection may have come and gone: what was heard of that is old.
          await other.eval(
            '(fun F() -> receive {D, _, _} when D =:= nodeup; D =:= nodedown -> F() after 0 -> ok end end)()',
          )
          await ex('flush.(flush)')
          second.disconnect(other.name)
          node.disconnect(other.name)
          second.disconnect(beam.name)
          // The next round begins when they know it; before, they would ask over a connection that is gone.
          await other.eval(`[receive {nodedown, N, _} -> ok end || N <- ['${second.name}', '${node.name}']]`)
          await ex(`receive do {:nodedown, :"${second.name}", _} -> :ok end`)
        }
        await ex(':net_kernel.monitor_nodes(false, [{:node_type, :all}])')
      } finally {
        await Promise.all([second.stop(), other.stop()])
      }
    })
  })
})
