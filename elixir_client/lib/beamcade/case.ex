defmodule Beamcade.Case do
  @moduledoc """
  A case template for tests of your games, with a node of their own:

      defmodule MyApp.ArenaTest do
        use Beamcade.Case, async: true

        test "an agent walks", %{node: node} do
          game = start_supervised!({Beamcade.Game, node: node, id: "walk", config: config(), map: ["#####", "#@.@#", "#####"]})
          assert {:ok, %Beamcade.Step{action_success: [true, false]}} = Beamcade.Game.step(game, [4, 1])
        end
      end

  The node starts before the first test of the module and stops after the last one. The context holds `:node`, its name,
  and `:beamcade`, the pid of its `Beamcade.Node`. Nothing needs to be prepared: `mix test` makes its BEAM a node if it is
  none, no epmd has to run, and suites and modules run at the same time without meeting each other
  (`Beamcade.Distribution` says how). To test with a BEAM that others can connect to, run
  `elixir --name tests@127.0.0.1 -S mix test`.

  ## Options

    * `:async` and the others of `ExUnit.Case` - as there
    * `:beamcade` - options of `Beamcade.Node`; by default `:node` and `:cookie` are random, and `:log` is `:warning`
  """

  alias Beamcade.{Distribution, Error}

  @doc """
  Uses `ExUnit.Case`, and starts a node for the module.
  """
  defmacro __using__(options) do
    {beamcade, options} = Keyword.pop(options, :beamcade, [])

    quote do
      use ExUnit.Case, unquote(options)

      setup_all do
        Beamcade.Case.start_node(unquote(beamcade))
      end
    end
  end

  @doc """
  Starts a node under the test supervisor of the calling test or `setup_all`, and answers what the context gets. Of use
  where one test needs a node for itself.

      iex> %{node: node} = Beamcade.Case.start_node(register: [:arcade])
      iex> GenServer.call({:arcade, node}, {:erlang, :node, []}) == node
      true
  """
  @spec start_node([Beamcade.Node.option()]) :: %{node: node(), beamcade: pid()}
  def start_node(options \\ []) do
    with {:error, %Error{} = error} <- Distribution.ensure_started(), do: raise(error)

    options =
      options
      |> Keyword.put_new_lazy(:node, fn -> Distribution.free_node_name() end)
      |> Keyword.put_new_lazy(:cookie, &cookie/0)
      |> Keyword.put_new(:log, :warning)

    case ExUnit.Callbacks.start_supervised({Beamcade.Node, options}) do
      {:ok, beamcade} -> %{node: options[:node], beamcade: beamcade}
      {:error, {%Error{} = error, _child}} -> raise error
      {:error, %Error{} = error} -> raise error
      {:error, reason} -> raise "the node did not start: #{inspect(reason)}"
    end
  end

  # Cookies are atoms, of which there can be only so many: one for each node of a test run is few.
  defp cookie, do: :"#{Base.encode32(:crypto.strong_rand_bytes(15), case: :lower)}"
end
