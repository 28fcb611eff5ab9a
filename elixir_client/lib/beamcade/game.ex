defmodule Beamcade.Game do
  @moduledoc """
  One game on a node, owned by a local process, so that it lives in your supervision tree:

      children = [
        {Beamcade.Game, name: MyApp.Arena, id: "arena", config: config, map: map}
      ]

  A whole game, played on a node that a test has started (`Beamcade.Case`):

      iex> config = %{
      ...>   num_agents: 2, max_steps: 100, obs_width: 3, obs_height: 3, num_observation_tokens: 40,
      ...>   actions: [
      ...>     %{name: "noop", type: "ACTION_NOOP", noop: %{}},
      ...>     %{name: "move", type: "ACTION_MOVE", move: %{}}
      ...>   ],
      ...>   objects: [
      ...>     %{name: "agent", agent: %{
      ...>       type_name: "agent", group_name: "red", stat_rewards: %{"action.move.success" => 0.25}
      ...>     }},
      ...>     %{name: "wall", wall: %{type_id: 1, type_name: "wall"}}
      ...>   ]
      ...> }
      iex> %{node: node} = Beamcade.Case.start_node()
      iex> {:ok, game} =
      ...>   Beamcade.Game.start_link(
      ...>     node: node, id: "g1", engine: :mettagrid, config: config, map: ["######", "#@..@#", "######"], seed: 42
      ...>   )
      iex> {:ok, step} = Beamcade.Game.step(game, [4, 1])
      iex> {step.current_step, step.action_success, step.rewards}
      {1, [true, false], [0.25, 0.0]}
      iex> step |> Beamcade.MettaGrid.Observation.of(0) |> Beamcade.MettaGrid.Observation.find("last_action")
      %{row: 1, col: 1, feature: 8, value: 4}
      iex> Beamcade.Game.state(game) == {:ok, step}
      true
      iex> {:ok, %{game_id: "g1"}} = Beamcade.Game.info(game)
      iex> {:ok, pid} = Beamcade.Game.remote_pid(game)
      iex> node(pid) == node
      true
      iex> Beamcade.Game.stop(game)
      :ok

  What happens to the one happens to the other:

    * The remote game is a process of its own and linked to this one. When it dies, this process exits with the same
      reason; a supervisor's restart makes the game anew. (The reason `:shutdown` takes two seconds, in which a node that
      stops in order is told from a game that was ended.)
    * When this process ends, for whatever reason, the remote game ends. What is left of a predecessor with the same id
      (that of a BEAM which was cut off, say) is taken over: it is ended, and its owner, if there still is one, exits with
      `{:shutdown, :taken_over}`. So give each id one owner: two that are supervised would take it from each other.
    * When the node is lost, this process stays and tries to reach it again, with growing pauses. Until then calls fail
      at once with `%Beamcade.Error{code: :nodedown}`; afterwards the game begins anew, at step 0. The same holds if the
      node cannot be reached at the start, so that a supervisor does not give up on it.
    * What the server refuses (a wrong config, say) ends this process: `start_link/1` answers `{:error, %Beamcade.Error{}}`.

  ## Options

    * `:id` - the game's id, a string; required
    * `:config` - the fields of the engine's configuration, as a map with atoms or strings as keys; required
    * `:map` - the map: a list of rows (`["#####", "#@.@#", "#####"]`) or `%{height: _, width: _, cells: [_]}`; required
    * `:seed` - default 0
    * `:engine` - the module of the operations, default `:mettagrid`
    * `:record` - whether the node writes down what happens, for `trace/2`; default `false`
    * `:name` - the name of this process
    * `:node`, `:server` - as in `Beamcade`
    * `:timeout` - for making the game, default 5000 ms
    * `:backoff_min`, `:backoff_max` - pauses between attempts to reach a lost node, default 100 and 5000 ms

  Calls go from the calling process to the server; this process is only asked where to. Calls of several processes are
  done in the order in which they arrive.
  """

  alias Beamcade.{Error, Remote, Step, Steps}
  alias Beamcade.Game.{Batch, Owner}

  @required [:id, :config, :map]
  @defaults [:name, engine: :mettagrid, seed: 0, record: false, backoff_min: 100, backoff_max: 5_000] ++
              Beamcade.defaults()
  @many_allowed [observations: [:all, :last, :none], results: [:all, :last], stop_at_end: [true, false]]
  @many_defaults [observations: :all, results: :all, stop_at_end: false, timeout: 5_000]

  @typedoc "The options of `step_many/3`."
  @type many_option ::
          {:observations, :all | :last | :none}
          | {:results, :all | :last}
          | {:stop_at_end, boolean()}
          | {:timeout, timeout()}

  @typedoc "The options of `start_link/1`."
  @type option ::
          Beamcade.option()
          | {:id, String.t()}
          | {:engine, atom()}
          | {:config, map()}
          | {:map, [String.t()] | map()}
          | {:seed, non_neg_integer()}
          | {:record, boolean()}
          | {:name, GenServer.name()}
          | {:backoff_min, pos_integer()}
          | {:backoff_max, pos_integer()}

  @typedoc """
  One action for each agent: a list of numbers, or `%{action_types: [0, 1], action_args: [0, 3]}`.
  """
  @type actions :: [integer()] | %{optional(atom() | String.t()) => [integer()]}

  @doc """
  The specification for a supervisor. Its id holds the game's id, so that several fit into one.

      iex> Beamcade.Game.child_spec(id: "g1", config: %{}, map: []).id
      {Beamcade.Game, "g1"}
  """
  @spec child_spec([option()]) :: Supervisor.child_spec()
  def child_spec(options) do
    %{id: {__MODULE__, options[:id]}, start: {__MODULE__, :start_link, [options]}, shutdown: Owner.shutdown()}
  end

  @doc """
  Starts the owner, and makes the game if the node can be reached.

      iex> Beamcade.Game.start_link(id: "g1", map: ["#"])
      ** (ArgumentError) expected the option :config of Beamcade.Game, got only [:id, :map]
  """
  @spec start_link([option()]) :: GenServer.on_start()
  def start_link(options) do
    for key <- @required, not Keyword.has_key?(options, key) do
      raise ArgumentError,
            "expected the option #{inspect(key)} of Beamcade.Game, got only #{inspect(Keyword.keys(options))}"
    end

    options = Keyword.validate!(options, @required ++ @defaults)
    one_of!(options, :record, [true, false])
    Owner.start_link(options)
  end

  @doc """
  Does one step with an action for each agent.

      iex> {:error, error} = Beamcade.Game.step(:no_game, [0, 3])
      iex> error.code
      :noproc
  """
  @spec step(GenServer.server(), actions(), timeout()) :: {:ok, Step.t()} | {:error, Error.t()}
  def step(game, actions, timeout \\ 5_000), do: ask(game, :step_game, [actions], timeout) |> to_step()

  @doc """
  As `step/3`, but answers the step itself or raises the `Beamcade.Error`.

      iex> Beamcade.Game.step!(:no_game, [0, 3])
      ** (Beamcade.Error) There is no process :no_game. Check the name, or try again: a supervisor may be restarting it.
  """
  @spec step!(GenServer.server(), actions(), timeout()) :: Step.t()
  def step!(game, actions, timeout \\ 5_000) do
    case step(game, actions, timeout) do
      {:ok, step} -> step
      {:error, error} -> raise error
    end
  end

  @doc """
  Does several steps in one call, which is many times faster than one call for each. The answer is a `Beamcade.Steps`.

  If one of the steps has the wrong number of actions, none is done. Calls of the same process to the same game are done in
  their order, whether they are for one step or for many.

  ## Options

    * `:observations` - of which steps they are answered: `:all` (default), the `:last` or `:none`
    * `:results` - of which steps rewards, flags and successes are answered: `:all` (default) or the `:last`; the sum of the
      rewards always is
    * `:stop_at_end` - whether to do no step more once every agent's episode has ended, default `false`
    * `:timeout` - default 5000 ms

  ```
  iex> {:error, error} = Beamcade.Game.step_many(:no_game, [[0, 3], [0, 0]], observations: :none)
  iex> error.code
  :noproc
  iex> Beamcade.Game.step_many(:no_game, [[0, 3]], observations: 2)
  ** (ArgumentError) expected :observations to be one of [:all, :last, :none], got: 2
  ```
  """
  @spec step_many(GenServer.server(), [actions()], [many_option()]) :: {:ok, Steps.t()} | {:error, Error.t()}
  def step_many(game, steps, options \\ []) do
    options = Keyword.validate!(options, @many_defaults)
    for {key, allowed} <- @many_allowed, do: one_of!(options, key, allowed)
    asked = Keyword.take(options, [:observations, :results])
    wire = Map.new([format: :packed, stop_at_end: options[:stop_at_end]] ++ asked)

    case ask(game, :step_many, [steps, wire], options[:timeout]) do
      {:ok, %{steps: _} = reply} -> {:ok, Steps.from_reply(reply, asked)}
      {:ok, other} -> {:error, Error.new(:bad_reply, "Expected the results of steps, got: #{inspect(other)}.")}
      {:error, _} = error -> error
    end
  end

  @doc """
  As `step_many/3`, but answers the steps themselves or raises the `Beamcade.Error`.

      iex> Beamcade.Game.step_many!(:no_game, [[0, 3]])
      ** (Beamcade.Error) There is no process :no_game. Check the name, or try again: a supervisor may be restarting it.
  """
  @spec step_many!(GenServer.server(), [actions()], [many_option()]) :: Steps.t()
  def step_many!(game, steps, options \\ []) do
    case step_many(game, steps, options) do
      {:ok, steps} -> steps
      {:error, error} -> raise error
    end
  end

  @doc """
  Does one step of each of several games, in one call for all that are on the same node. The answers stand in the order of
  the games; what is wrong with one of them, or with its node, harms no other.

  Each game keeps its process and its owner. The steps of one game are done in their order: that of the list, if it is there
  several times, and after all that this process has asked of it before. The only option is `:timeout`, default 5000 ms.

      iex> [{:error, one}, {:error, two}] = Beamcade.Game.step_games([{:no_game, [0, 3]}, {:nor_this, [0]}])
      iex> {one.code, two.code}
      {:noproc, :noproc}
  """
  @spec step_games([{GenServer.server(), actions()}], timeout: timeout()) :: [{:ok, Step.t()} | {:error, Error.t()}]
  def step_games(games, options \\ []) when is_list(games) do
    options = Keyword.validate!(options, timeout: 5_000)
    Batch.step(games, Beamcade.timeout!(options))
  end

  @doc """
  What the game looks like now, without a step.

      iex> {:error, error} = Beamcade.Game.state(:no_game)
      iex> error.message
      "There is no process :no_game."
  """
  @spec state(GenServer.server(), timeout()) :: {:ok, Step.t()} | {:error, Error.t()}
  def state(game, timeout \\ 5_000), do: ask(game, :get_state, [], timeout) |> to_step()

  @doc """
  What the node says about the game (`games:info/1`).

      iex> {:error, error} = Beamcade.Game.info(:no_game)
      iex> error.code
      :noproc
  """
  @spec info(GenServer.server(), timeout()) :: {:ok, map()} | {:error, Error.t()}
  def info(game, timeout \\ 5_000), do: ask_games(game, :info, timeout)

  @doc """
  What the game did since it was made, as JSON (`games:trace/1`): for a file that `beamcade replay` shows and verifies. The
  game must have been started with `record: true`; without, the error is `:not_recorded`. A game that was made anew, because
  its node was lost, begins a new recording.

      {:ok, trace} = Beamcade.Game.trace(MyApp.Arena)
      File.write!("arena.json", trace)

      iex> {:error, error} = Beamcade.Game.trace(:no_game)
      iex> error.code
      :noproc
  """
  @spec trace(GenServer.server(), timeout()) :: {:ok, String.t()} | {:error, Error.t()}
  def trace(game, timeout \\ 5_000), do: ask_games(game, :trace, timeout)

  @doc """
  The process of the game on its node: it can be monitored and linked like any other.

      iex> {:error, error} = Beamcade.Game.remote_pid(:no_game)
      iex> error.code
      :noproc
  """
  @spec remote_pid(GenServer.server(), timeout()) :: {:ok, pid()} | {:error, Error.t()}
  def remote_pid(game, timeout \\ 5_000) do
    with {:ok, {_target, _engine, _id, pid}} <- Owner.address(game, timeout), do: {:ok, pid}
  end

  @doc """
  Ends the owner and its game. Exits as `GenServer.stop/3` does if there is no such process.

      iex> try do
      ...>   Beamcade.Game.stop(:no_game)
      ...> catch
      ...>   :exit, {reason, _} -> reason
      ...> end
      :noproc
  """
  @spec stop(GenServer.server(), term(), timeout()) :: :ok
  def stop(game, reason \\ :normal, timeout \\ :infinity), do: GenServer.stop(game, reason, timeout)

  defp ask(game, function, args, timeout) do
    with {:ok, {target, engine, id, _pid}} <- Owner.address(game, timeout) do
      Remote.call(target, {engine, function, [id | args]}, timeout)
    end
  end

  defp ask_games(game, function, timeout) do
    with {:ok, {target, _engine, id, _pid}} <- Owner.address(game, timeout) do
      Remote.call(target, {:games, function, [id]}, timeout)
    end
  end

  defp one_of!(options, key, allowed) do
    unless options[key] in allowed do
      raise ArgumentError, "expected #{inspect(key)} to be one of #{inspect(allowed)}, got: #{inspect(options[key])}"
    end
  end

  defp to_step({:ok, %{} = reply}), do: {:ok, Step.from_reply(reply)}
  defp to_step({:ok, other}), do: {:error, Error.new(:bad_reply, "Expected a map, got: #{inspect(other)}.")}
  defp to_step({:error, _} = error), do: error
end
