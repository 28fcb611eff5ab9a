// A GenServer in TypeScript that Elixir calls, and a call from TypeScript to a GenServer in Elixir.
// In iex --name me@127.0.0.1 --cookie secret:
//
//   defmodule Greeter do
//     use GenServer
//     def init(_), do: {:ok, nil}
//     def handle_call(who, _from, state), do: {:reply, "hello " <> who, state}
//   end
//   GenServer.start(Greeter, nil, name: :greeter)
//
// Then `npm run example examples/genserver.ts` (in a project of your own: compile it, or use Node 24), and in iex:
//
//   GenServer.call({:counter, :"ts@127.0.0.1"}, {:add, 5})     #=> 5     (and again: 10)
import { ErlangNode, GenServer, Tuple, atom, inspectElixir, type Term } from 'beamcade/erlang'

class Counter extends GenServer {
  count = 0

  override handleCall(request: Term): Term {
    if (!(request instanceof Tuple) || typeof request.elements[1] !== 'number') return atom('what')
    this.count += request.elements[1]
    return this.count
  }
}

const node = await ErlangNode.start({ name: 'ts@127.0.0.1', cookie: process.env['COOKIE'] ?? 'secret' })
node.startServer(new Counter(), { name: 'counter' })
const answer = await node.call({ name: 'greeter', node: 'me@127.0.0.1' }, 'TypeScript')
console.log('the GenServer in Elixir says', inspectElixir(answer))
