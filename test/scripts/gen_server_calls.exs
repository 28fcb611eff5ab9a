# GenServer calls: every form of a request, of a name and of a caller.
#
#     elixir test/scripts/gen_server_calls.exs NODE COOKIE
#
# Prints a line for each check; exits with 1 if one fails. NODE is any node that serves `godot_server`.

{node, cookie} =
  case System.argv() do
    [node, cookie] ->
      {String.to_atom(node), String.to_atom(cookie)}

    _ ->
      IO.puts(:stderr, "usage: elixir test/scripts/gen_server_calls.exs NODE COOKIE") &&
        System.halt(2)
  end

[_, host] = node |> Atom.to_string() |> String.split("@")
kind = if host =~ ".", do: :longnames, else: :shortnames
me = "gen_server_calls_#{System.pid()}" <> if(kind == :longnames, do: "@127.0.0.1", else: "")
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

for request <- [
      {:erlang, :node, []},
      {:call, :erlang, :node, []},
      {:erlang, :node},
      {"erlang", "node", []},
      {'erlang', 'node', []},
      {:erlang, :node, %{}}
    ] do
  check.("answers #{inspect(request)}", fn -> GenServer.call(server, request) == node end)
end

check.("knows us", fn -> Node.self() in GenServer.call(server, {:erlang, :nodes, []}) end)
check.("answers pong", fn -> GenServer.call(server, {:test, :ping, []}) == :pong end)

terms = [
  1,
  1.0,
  -0.0,
  123_456_789_012_345_678_901_234_567_890,
  :atom,
  nil,
  "text",
  'charlist',
  [1, 2, 3],
  [1 | 2],
  {},
  {1, {2}},
  %{1 => 2, 1.0 => 3, "k" => :v},
  <<1::3>>,
  self(),
  make_ref(),
  &Enum.map/2,
  fn x -> x end
]

for term <- terms do
  check.("echoes #{inspect(term)}", fn ->
    GenServer.call(server, {:test, :echo, [term]}) === term
  end)
end

check.("echoes 1 MiB", fn ->
  bytes = :crypto.strong_rand_bytes(1024 * 1024)
  GenServer.call(server, {:test, :echo, [bytes]}) == bytes
end)

check.("answers a tag that is a plain reference", fn ->
  tag = make_ref()
  send(server, {:"$gen_call", {self(), tag}, {:test, :ping, []}})

  receive do
    {^tag, reply} -> reply == :pong
  after
    2000 -> :no_answer
  end
end)

check.("answers send_request", fn ->
  :gen_server.receive_response(:gen_server.send_request(server, {:test, :ping, []}), 2000) ==
    {:reply, :pong}
end)

check.("answers multi_call", fn ->
  GenServer.multi_call([node], :godot_server, {:test, :ping, []}) == {[{node, :pong}], []}
end)

for {what, request, code} <- [
      {"an unknown module", {:no_such, :thing, []}, :unknown_operation},
      {"an unknown function", {:erlang, :halt, []}, :unknown_operation},
      {"a wrong arity", {:erlang, :node, [1]}, :wrong_arity},
      {"a wrong type", {:test, :sleep, ["soon"]}, :bad_argument},
      {"no request at all", :hello, :bad_request}
    ] do
  check.("says what is wrong with #{what}", fn ->
    {:error, %{code: got, message: message, hint: hint}} = GenServer.call(server, request)
    got == code and is_binary(message) and is_binary(hint)
  end)
end

check.("drops the reply that comes too late", fn ->
  :timeout =
    try do
      GenServer.call(server, {:test, :sleep, [1500]}, 50)
    catch
      :exit, {reason, _} -> reason
    end

  :ok = GenServer.call(server, {:test, :sleep, [1]})
  Process.info(self(), :message_queue_len) == {:message_queue_len, 0}
end)

check.("serves 50 callers at once", fn ->
  1..50
  |> Enum.map(fn i -> Task.async(fn -> GenServer.call(server, {:test, :echo, [i]}) end) end)
  |> Task.await_many() == Enum.to_list(1..50)
end)

check.("rpc and erpc run the same functions, and no others", fn ->
  :erpc.call(node, :erlang, :node, []) == node and :rpc.call(node, :test, :ping, []) == :pong and
    match?({:badrpc, {:EXIT, {:undef, _}}}, :rpc.call(node, :os, :cmd, ['true']))
end)

case Agent.get(failures, & &1) do
  0 ->
    IO.puts("all well")

  count ->
    IO.puts(:stderr, "#{count} failed")
    System.halt(1)
end
