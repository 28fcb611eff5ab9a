# Plays a game over MettaGrid's socket protocol. Needs nothing but Elixir.
#
# In the folder of the project, with `npx beamcade start --socket-only` running:
#
#     elixir examples/socket/elixir/play.exs
#
# Requests and responses are Protobuf, each with its length in front: four bytes, big-endian, which is `packet: 4`.
for file <- ["protobuf.ex", "json.ex"], do: Code.require_file(file, __DIR__)

defmodule Refused do
  @moduledoc "The server said no; the text is its own."
  defexception [:message]
end

defmodule Client do
  @moduledoc "One connection. Requests may also be sent ahead: responses come in their order."

  @timeout 10_000
  @proto Path.expand("../../../proto/mettagrid/rpc/v1/mettagrid.proto", __DIR__)

  def connect(host, port, token) do
    options = [:binary, packet: 4, active: false, nodelay: true]

    case :gen_tcp.connect(to_charlist(host), port, options, @timeout) do
      {:ok, socket} ->
        client = %{socket: socket, table: Protobuf.read(File.read!(@proto))}
        if token, do: ask(client, "authenticate", %{"token" => token})
        client

      {:error, why} ->
        raise "#{host}:#{port}: #{:inet.format_error(why)}"
    end
  end

  @doc "Sends one request and waits for its result."
  def ask(%{socket: socket, table: table}, name, payload) do
    request = %{"request_id" => "req_#{System.unique_integer([:positive])}", name => payload}

    with :ok <- :gen_tcp.send(socket, Protobuf.encode(table, "MettaGridRequest", request)),
         {:ok, bytes} <- :gen_tcp.recv(socket, 0, @timeout) do
      case Protobuf.decode(table, "MettaGridResponse", bytes) do
        %{"error" => error} -> raise Refused, error["message"]
        %{"step_result" => result} -> result
        %{"state_result" => %{"snapshot" => result}} -> result
        %{"create_result" => ack} -> agreed(ack)
        %{"delete_result" => ack} -> agreed(ack)
        %{"authenticate_result" => ack} -> agreed(ack)
      end
    else
      {:error, why} -> raise "the connection is gone: #{:inet.format_error(why)}"
    end
  end

  defp agreed(%{"ok" => true}), do: :ok
  defp agreed(ack), do: raise(Refused, ack["message"])
end

defmodule Play do
  @examples Path.expand("../../mettagrid", __DIR__)
  # What a character of a map stands for; "." is empty.
  @legend [{"#", "wall"}, {"@", "agent.agent"}, {"p", "agent.prey"}, {"P", "agent.predator"}, {"_", "altar"}] ++
            [{"c", "converter"}, {"C", "chest"}, {"Z", "assembler"}] ++ Enum.map(1..4, &{"#{&1}", "agent.team_#{&1}"})
  # A location that is none, and the feature that says what stands at one.
  @unused 0xFF
  @type_id 0

  @help """
  usage: elixir play.exs [options]

  Plays a game over MettaGrid's socket protocol.

    --host HOST        default 127.0.0.1
    --port PORT        default 5858
    --token TOKEN      if the server asks for one (default: $BEAMCADE_SOCKET_TOKEN)
    --config FILE      default examples/mettagrid/config.json
    --map FILE         default examples/mettagrid/map.txt
    --game ID          default elixir
    --seed N           default 42
    --actions 4,9,...  what agent 0 does, by position in the list of flat actions: a step each
    --raw              a line a step: its number and its bytes, in hex
  """

  @switches [host: :string, port: :integer, token: :string, config: :string, map: :string] ++
              [game: :string, seed: :integer, actions: :string, raw: :boolean, help: :boolean]
  @defaults [host: "127.0.0.1", port: 5858, token: System.get_env("BEAMCADE_SOCKET_TOKEN"), game: "elixir", seed: 42] ++
              [actions: "4,9,2,4,2,4", raw: false, help: false] ++
              [config: Path.join(@examples, "config.json"), map: Path.join(@examples, "map.txt")]

  def main(arguments) do
    case OptionParser.parse(arguments, strict: @switches) do
      {given, [], []} ->
        options = Map.new(Keyword.merge(@defaults, given))
        if options.help, do: IO.write(@help), else: play(options)

      {_, words, wrong} ->
        raise "#{Enum.join(words ++ Enum.map(wrong, &elem(&1, 0)), " ")}: no such option; see --help"
    end
  rescue
    refusal in Refused -> fail("the server says: #{refusal.message}")
    error -> fail(Exception.message(error))
  end

  defp fail(sentence) do
    IO.puts(:stderr, "play.exs: #{sentence}")
    System.halt(1)
  end

  defp play(options) do
    config =
      case options.config |> File.read!() |> Json.decode() do
        {:ok, config} -> config
        :error -> raise "#{options.config} is no JSON"
      end

    game = %{"game_id" => options.game}
    map = options.map |> File.read!() |> map()
    actions = options.actions |> String.split(",") |> Enum.map(&String.to_integer/1)
    client = Client.connect(options.host, options.port, options.token)
    Client.ask(client, "create_game", Map.merge(game, %{"config" => config, "map" => map, "seed" => options.seed}))

    try do
      first = Client.ask(client, "get_state", game)
      agents = byte_size(first["terminals"])

      {last, _total} =
        for action <- actions, reduce: {first, 0.0} do
          {_, total} ->
            # Agent 0 does it; the others do nothing.
            flat = [action | List.duplicate(0, agents - 1)]
            step = Client.ask(client, "step_game", Map.put(game, "flat_actions", flat))
            {step, tell(step, action, total, options.raw)}
        end

      unless options.raw, do: IO.puts(["agent 0 sees:\n" | window(config, last["observations"], agents)])
    after
      Client.ask(client, "delete_game", game)
    end
  end

  # Prints a step; answers the sum of the rewards.
  defp tell(step, _action, total, true) do
    fields =
      for name <- ~w(observations rewards terminals truncations action_success),
          do: Base.encode16(step[name], case: :lower)

    IO.puts(Enum.join([step["current_step"] | fields], " "))
    total
  end

  defp tell(step, action, total, false) do
    <<reward::float-little-32, _::binary>> = step["rewards"]
    <<success, _::binary>> = step["action_success"]
    how = if success == 1, do: "done", else: "failed"
    total = total + reward
    [reward_text, total_text] = for number <- [reward, total], do: :erlang.float_to_binary(number, decimals: 3)
    IO.puts("step #{step["current_step"]}: action #{action} #{how}, reward #{reward_text}, total #{total_text}")
    total
  end

  # A character a cell, a line a row.
  defp map(text) do
    rows = for line <- String.split(text), do: String.graphemes(line)
    names = Map.new(@legend)

    cells =
      for {line, row} <- Enum.with_index(rows), {char, col} <- Enum.with_index(line), char != "." do
        name = names[char] || raise "#{inspect(char)} of the map stands for nothing"
        %{"row" => row, "col" => col, "object_type" => name}
      end

    %{"height" => length(rows), "width" => rows |> Enum.map(&length/1) |> Enum.max(), "cells" => cells}
  end

  # What the first of so many agents sees: the objects around it, as the characters of the map.
  defp window(config, observations, agents) do
    chars =
      for {char, name} <- Enum.reverse(@legend), %{"name" => ^name} = object <- config["objects"], into: %{} do
        [part] = object |> Map.delete("name") |> Map.values()
        {part["type_id"] || 0, char}
      end

    seen = binary_part(observations, 0, div(byte_size(observations), agents))

    there =
      for <<location, feature, value <- seen>>, location != @unused and feature == @type_id, into: %{} do
        {{div(location, 16), rem(location, 16)}, chars[value] || "?"}
      end

    rows =
      for row <- 0..(config["obs_height"] - 1) do
        for col <- 0..(config["obs_width"] - 1), do: there[{row, col}] || "."
      end

    Enum.intersperse(rows, "\n")
  end
end

Play.main(System.argv())
