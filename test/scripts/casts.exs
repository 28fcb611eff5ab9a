# Casts: done without an answer; what is wrong with them does no harm.
#
#     elixir test/scripts/casts.exs NODE COOKIE
#
# Prints a line for each check; exits with 1 if one fails. NODE is any node that serves `godot_server`.

{node, cookie} =
  case System.argv() do
    [node, cookie] -> {String.to_atom(node), String.to_atom(cookie)}
    _ -> IO.puts(:stderr, "usage: elixir test/scripts/casts.exs NODE COOKIE") && System.halt(2)
  end

[_, host] = node |> Atom.to_string() |> String.split("@")
kind = if host =~ ".", do: :longnames, else: :shortnames
me = "casts_#{System.pid()}" <> if(kind == :longnames, do: "@127.0.0.1", else: "")
{:ok, _} = Node.start(String.to_atom(me), kind)
Node.set_cookie(node, cookie)

{:ok, failures} = Agent.start_link(fn -> 0 end)

check = fn what, fun ->
  result =
    try do
      fun.()
    catch
      kind, reason -> {kind, reason}
    end

  if result == true do
    IO.puts("ok      #{what}")
  else
    IO.puts("FAILED  #{what}: #{inspect(result)}")
    Agent.update(failures, &(&1 + 1))
  end
end

server = {:godot_server, node}
check.("connects", fn -> Node.connect(node) end)

monitor = Process.monitor(server)

for request <- [
      {:test, :ping, []},
      {:call, :test, :ping, []},
      {:cast, :test, :ping, []},
      {:test, :ping},
      {"test", "echo", [1]},
      {:test, :echo, %{term: 1}},
      {:no_such, :thing, []},
      {:test, :sleep, ["soon"]},
      :hello,
      [1 | 2]
    ] do
  check.("takes #{inspect(request)}", fn -> GenServer.cast(server, request) == :ok end)
end

check.("abcast reaches it", fn ->
  GenServer.abcast([node], :godot_server, {:test, :ping, []}) == :abcast
end)

check.("rpc.cast and erpc.cast reach it", fn ->
  :rpc.cast(node, :test, :ping, []) == true and :erpc.cast(node, :test, :ping, []) == :ok
end)

id = "casts #{System.pid()}"

config = %{
  num_agents: 1,
  obs_width: 3,
  obs_height: 3,
  num_observation_tokens: 20,
  actions: [%{name: "noop", type: :ACTION_NOOP, noop: %{}}],
  objects: [%{name: "agent.agent", agent: %{type_name: "agent"}}]
}

check.("a cast does what a call does", fn ->
  GenServer.cast(server, {:mettagrid, :create_game, [id, config, ["@."], 1]})
  for _ <- 1..10, do: GenServer.cast(server, {:mettagrid, :step_game, [id, [0]]})
  # A call of the same process comes after its casts.
  {:ok, state} = GenServer.call(server, {:mettagrid, :get_state, [id]})
  state.current_step == 10
end)

check.("takes 10000 in a row, all in order", fn ->
  for _ <- 1..10_000, do: GenServer.cast(server, {:mettagrid, :step_game, [id, [0]]})
  {:ok, state} = GenServer.call(server, {:mettagrid, :get_state, [id]}, 30_000)
  state.current_step == 10_010
end)

check.("ends the game", fn ->
  match?({:ok, _}, GenServer.call(server, {:mettagrid, :delete_game, [id]}))
end)

check.("is the same process after all that", fn ->
  receive do
    {:DOWN, ^monitor, _, _, reason} -> {:down, reason}
  after
    0 -> true
  end
end)

check.("sent nothing back", fn ->
  Process.info(self(), :message_queue_len) == {:message_queue_len, 0}
end)

case Agent.get(failures, & &1) do
  0 ->
    IO.puts("all well")

  count ->
    IO.puts(:stderr, "#{count} failed")
    System.halt(1)
end
