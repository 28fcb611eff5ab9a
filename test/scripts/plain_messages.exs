# Plain messages: handled as casts, whatever they are, and the node lives on.
#
#     elixir test/scripts/plain_messages.exs NODE COOKIE
#
# Prints a line for each check; exits with 1 if one fails. NODE is any node that serves `godot_server`.

{node, cookie} =
  case System.argv() do
    [node, cookie] ->
      {String.to_atom(node), String.to_atom(cookie)}

    _ ->
      IO.puts(:stderr, "usage: elixir test/scripts/plain_messages.exs NODE COOKIE") &&
        System.halt(2)
  end

[_, host] = node |> Atom.to_string() |> String.split("@")
kind = if host =~ ".", do: :longnames, else: :shortnames
me = "plain_messages_#{System.pid()}" <> if(kind == :longnames, do: "@127.0.0.1", else: "")
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

check.("answers a ping", fn -> Node.ping(node) == :pong end)
monitor = Process.monitor(server)

messages = [
  {:erlang, :node, []},
  {:call, :erlang, :node, []},
  {:cast, :erlang, :node, []},
  {:erlang, :nodes},
  {"test", "ping", []},
  {'test', 'ping', []},
  {:test, :echo, [[1, 2, 3]]},
  {:no_such, :thing, []},
  {:erlang, :node, [1, 2]},
  {:rex, :yes},
  {:rex, self(), {:"$gen_cast", {:test, :ping, []}}},
  :an_atom,
  "a binary",
  'a charlist',
  [1 | 2],
  %{a: 1},
  {},
  make_ref(),
  self(),
  fn -> :ok end,
  1.0,
  <<1::3>>
]

for message <- messages do
  check.("takes #{inspect(message)}", fn -> :erlang.send(server, message) == message end)
end

check.("takes 1000 in a row", fn ->
  for i <- 1..1000, do: send(server, {:test, :echo, [i]})
  true
end)

check.("is alive after that", fn -> GenServer.call(server, {:test, :ping, []}) == :pong end)

check.("is the same process", fn ->
  receive do
    {:DOWN, ^monitor, _, _, reason} -> {:down, reason}
  after
    0 -> true
  end
end)

check.("sent nothing back", fn ->
  Process.info(self(), :message_queue_len) == {:message_queue_len, 0}
end)

check.("answers a call made by hand, wrapped in rex", fn ->
  tag = make_ref()
  send(server, {:rex, self(), {:"$gen_call", {self(), tag}, {:erlang, :node, []}}})

  receive do
    {^tag, reply} -> reply == node
  after
    2000 -> :no_answer
  end
end)

case Agent.get(failures, & &1) do
  0 ->
    IO.puts("all well")

  count ->
    IO.puts(:stderr, "#{count} failed")
    System.halt(1)
end
