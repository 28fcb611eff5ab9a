# Calls nodes, and counts. It is asked by lines of its standard input:
#
#   CALLERS SLICES MS KIND:NODE KIND:NODE ...
#
# measures each KIND:NODE for SLICES slices of MS milliseconds, which take turns, with CALLERS processes that have one call
# under way at a time, and answers a line with what each did per second. KIND is `echo`, `step`, or `many` (steps of
# step_many, a hundred in a call). Caller number i plays game i modulo GAMES, whose ids are "0", "1", …
#
#   elixir caller.exs GAMES AGENTS ACTIONS
defmodule Caller do
  @many 100
  @inputs 1000

  def main([games, agents, actions]) do
    [games, agents, actions] = Enum.map([games, agents, actions], &String.to_integer/1)
    :rand.seed(:exsss, {7, 7, 7})
    moves = for _ <- 1..@inputs, do: for(_ <- 1..agents, do: :rand.uniform(actions) - 1)
    several = for n <- 1..div(@inputs, @many), do: Enum.slice(moves, (n - 1) * @many, @many)
    :persistent_term.put(:moves, List.to_tuple(moves))
    :persistent_term.put(:several, List.to_tuple(several))
    IO.puts("READY")
    Enum.each(IO.stream(:stdio, :line), &answer(&1, games))
  end

  defp answer(line, games) do
    [callers, slices, ms | loads] = String.split(line)
    [callers, slices, ms] = Enum.map([callers, slices, ms], &String.to_integer/1)

    loads =
      for load <- loads do
        [kind, node] = String.split(load, ":")
        {String.to_atom(kind), {:godot_server, String.to_atom(node)}}
      end

    done = for _ <- 1..slices, load <- loads, do: {load, slice(load, callers, games, ms)}

    rates =
      for load <- loads do
        mine = for {^load, one} <- done, do: one
        {count, ns} = Enum.reduce(mine, {0, 0}, fn {count, ns}, {n, t} -> {n + count, t + ns} end)
        count * 1.0e9 / ns
      end

    IO.puts("RATES " <> Enum.join(rates, " "))
  end

  # All callers begin together, each after a call that is not counted. @returns the count, and nanoseconds
  defp slice(load, callers, games, ms) do
    parent = self()
    all = for i <- 1..callers, do: spawn_link(fn -> caller(parent, load, Integer.to_string(rem(i, games))) end)
    for pid <- all, do: receive(do: ({:ready, ^pid} -> :ok))
    began = System.monotonic_time(:nanosecond)
    for pid <- all, do: send(pid, {:go, began + ms * 1_000_000})
    counts = for pid <- all, do: receive(do: ({:done, ^pid, count} -> count))
    {Enum.sum(counts), System.monotonic_time(:nanosecond) - began}
  end

  defp caller(parent, {kind, server}, game) do
    call(kind, server, game, 0)
    send(parent, {:ready, self()})
    receive(do: ({:go, until} -> send(parent, {:done, self(), loop(kind, server, game, until, 0)})))
  end

  defp loop(kind, server, game, until, count) do
    if System.monotonic_time(:nanosecond) < until,
      do: loop(kind, server, game, until, count + call(kind, server, game, count)),
      else: count
  end

  # @returns how many steps it was, or 1
  defp call(:echo, server, _game, _count) do
    nil = GenServer.call(server, {:test, :echo, [nil]})
    1
  end

  defp call(:step, server, game, count) do
    moves = :persistent_term.get(:moves)
    {:ok, _} = GenServer.call(server, {:mettagrid, :step_game, [game, elem(moves, rem(count, tuple_size(moves)))]})
    1
  end

  defp call(:many, server, game, count) do
    several = :persistent_term.get(:several)
    steps = elem(several, rem(div(count, @many), tuple_size(several)))
    {:ok, %{steps: @many}} = GenServer.call(server, {:mettagrid, :step_many, [game, steps]})
    @many
  end
end

Caller.main(System.argv())
