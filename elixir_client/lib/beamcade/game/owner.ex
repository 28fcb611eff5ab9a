defmodule Beamcade.Game.Owner do
  @moduledoc false
  # The process behind Beamcade.Game: makes the game, dies with it, and makes it again when its node is back.

  use GenServer

  alias Beamcade.{Backoff, Error, Remote, Telemetry}

  # How long it waits for the end of its game when it stops.
  @farewell 2_000
  # How long a node takes to stop in order, at most.
  @closing 2_000

  @typedoc "Where a game is: what answers its calls, the module of its operations, its id and its process."
  @type address :: {Remote.target(), engine :: atom(), id :: String.t(), pid()}

  @doc "How long a supervisor should wait for its end, in milliseconds: longer than the farewell on a bad day only."
  @spec shutdown() :: pos_integer()
  def shutdown, do: 2 * @farewell

  @doc "Starts it with options that are complete: `Beamcade.Game.start_link/1` sees to that."
  @spec start_link(keyword()) :: GenServer.on_start()
  def start_link(options), do: GenServer.start_link(__MODULE__, new(options), Keyword.take(options, [:name]))

  @doc "Asks where the game is, and answers nothing else: calls do not go through this process."
  @spec address(GenServer.server(), timeout()) :: {:ok, address()} | {:error, Error.t()}
  def address(owner, timeout) do
    GenServer.call(owner, :address, timeout)
  catch
    :exit, {reason, {GenServer, :call, _}} -> {:error, Remote.failure(reason, owner, timeout)}
  end

  defp new(options) do
    {{_server, node} = target, timeout} = Beamcade.target!(Keyword.take(options, [:node, :server, :timeout]))

    %{
      id: options[:id],
      engine: Beamcade.name!(options, :engine),
      arguments: [options[:id], options[:config], options[:map], options[:seed], life(options)],
      target: target,
      node: node,
      timeout: timeout,
      backoff: Backoff.new(options[:backoff_min], options[:backoff_max]),
      # The remote game, while there is one.
      pid: nil,
      # The request that makes it, and the timer that gives it up.
      making: nil,
      # The timer that runs while the node seems to stop.
      closing: nil,
      # The attempt to connect (a monitor) or the pause before the next one (a timer).
      attempt: nil
    }
  end

  # An engine of one's own need not know of recordings, unless they are wanted.
  defp life(options) do
    life = %{link: true, if_exists: :take_over}
    if options[:record], do: Map.put(life, :record, true), else: life
  end

  @impl true
  def init(state) do
    # The remote game's death must not end this process before it could tell a lost node from a dead game.
    Process.flag(:trap_exit, true)

    if Node.alive?() do
      :ok = :net_kernel.monitor_nodes(true, node_type: :all)
      begin(state)
    else
      {:stop, Remote.not_distributed()}
    end
  end

  defp begin(state) do
    with true <- Node.connect(state.node) == true,
         {:ok, reply} <- Remote.call(state.target, {state.engine, :create_game, state.arguments}, state.timeout) do
      {:ok, made(state, reply)}
    else
      false -> {:ok, retry(state)}
      {:error, error} -> if passing?(error), do: {:ok, retry(state)}, else: {:stop, error}
    end
  end

  @impl true
  def handle_call(:address, _from, %{pid: nil} = state), do: {:reply, {:error, away(state)}, state}

  def handle_call(:address, _from, state),
    do: {:reply, {:ok, {state.target, state.engine, state.id, state.pid}}, state}

  @impl true
  def handle_info({:EXIT, pid, :noconnection}, %{pid: pid} = state), do: {:noreply, lost(state)}

  # A node that stops in order ends its games first. If all their owners ended as well, that would be more restarts at
  # once than most supervisors allow; so it is waited for whether the node is lost next.
  def handle_info({:EXIT, pid, :shutdown}, %{pid: pid} = state) do
    tell(state, :down, %{count: 1}, %{})
    {:noreply, %{state | pid: nil, closing: Process.send_after(self(), :closed, @closing)}}
  end

  def handle_info({:EXIT, pid, reason}, %{pid: pid} = state), do: {:stop, reason, %{state | pid: nil}}
  # A game of ours that was replaced, or one that was made after we had given up waiting for it.
  def handle_info({:EXIT, pid, _}, %{node: node} = state) when node(pid) == node, do: {:noreply, state}
  def handle_info({:EXIT, _port_or_pid, :normal}, state), do: {:noreply, state}
  def handle_info({:EXIT, _linked, reason}, state), do: {:stop, reason, state}

  def handle_info(:closed, %{closing: closing} = state) when closing != nil, do: {:stop, :shutdown, state}

  def handle_info({:nodedown, node, _}, %{node: node, closing: closing} = state) when closing != nil do
    Process.cancel_timer(closing)
    {:noreply, retry(%{state | closing: nil})}
  end

  def handle_info({:nodedown, node, _}, %{node: node} = state), do: {:noreply, lost(state)}
  def handle_info({:nodeup, node, _}, %{node: node, pid: nil, making: nil} = state), do: {:noreply, make(state)}

  def handle_info(:connect, state) do
    state = %{state | attempt: nil}

    cond do
      state.pid != nil or state.making != nil -> {:noreply, state}
      Remote.connected?(state.node) -> {:noreply, make(state)}
      true -> {:noreply, %{state | attempt: Remote.connect_later(state.node)}}
    end
  end

  def handle_info({:DOWN, attempt, _, _, _}, %{attempt: attempt} = state) do
    state = %{state | attempt: nil}
    {:noreply, if(state.pid == nil and state.making == nil, do: retry(state), else: state)}
  end

  def handle_info({:give_up, request}, %{making: {request, _timer}} = state) do
    # Takes the alias away, so that the late answer does not come.
    :gen_server.receive_response(request, 0)
    {:noreply, retry(%{state | making: nil})}
  end

  def handle_info(message, %{making: {request, timer}} = state) do
    case :gen_server.check_response(message, request) do
      :no_reply ->
        {:noreply, state}

      {:reply, answer} ->
        made_or_not(Remote.answer(answer), stop_waiting(state, timer))

      {:error, {reason, _}} ->
        made_or_not({:error, Remote.failure(reason, state.target, 0)}, stop_waiting(state, timer))
    end
  end

  def handle_info(_other, state), do: {:noreply, state}

  @impl true
  def terminate(_reason, %{pid: pid}) when is_pid(pid) do
    # By its pid and not by its id, which may belong to somebody else's game by now.
    monitor = Process.monitor(pid)
    Process.exit(pid, :shutdown)

    receive do
      {:DOWN, ^monitor, _, _, _} -> :ok
    after
      @farewell -> :ok
    end
  end

  def terminate(_reason, _state), do: :ok

  # Configuration and map can fill pages of a crash report. (Elixir names this callback since 1.17.)
  @doc false
  if {:format_status, 1} in GenServer.behaviour_info(:callbacks), do: @impl(true)

  def format_status(status) do
    hide = fn
      %{arguments: [id, _config, _map | rest]} = state -> %{state | arguments: [id, :..., :... | rest]}
      state -> state
    end

    if Map.has_key?(status, :state), do: Map.update!(status, :state, hide), else: status
  end

  # Asks for the game without waiting: callers must be told at once that there is none yet.
  defp make(state) do
    request = :gen_server.send_request(state.target, {state.engine, :create_game, state.arguments})
    timer = if state.timeout != :infinity, do: Process.send_after(self(), {:give_up, request}, state.timeout)
    %{state | making: {request, timer}}
  end

  defp stop_waiting(state, timer) do
    if timer != nil, do: Process.cancel_timer(timer)
    %{state | making: nil}
  end

  defp made_or_not({:ok, reply}, state), do: {:noreply, made(state, reply)}

  defp made_or_not({:error, error}, state) do
    if passing?(error), do: {:noreply, retry(state)}, else: {:stop, error, state}
  end

  defp made(state, %{pid: pid}) when is_pid(pid) do
    # The server has made this link already; if the game died before its answer was read, the exit comes once more.
    Process.link(pid)
    state = %{state | pid: pid, backoff: Backoff.reset(state.backoff)}
    tell(state, :up, %{count: 1}, %{pid: pid})
    state
  end

  defp lost(%{pid: nil} = state), do: state

  defp lost(state) do
    tell(state, :down, %{count: 1}, %{})
    retry(%{state | pid: nil})
  end

  defp away(%{making: nil, node: node}), do: Remote.nodedown(node)

  defp away(%{id: id, node: node}) do
    Error.new(:nodedown, "Node #{node} is connected again; the game #{inspect(id)} is being made.",
      hint: "Try again in a moment.",
      details: %{node: node}
    )
  end

  # Faults that go by themselves: the node is starting, or its supervisor is restarting the server.
  defp passing?(%Error{code: code}), do: code in [:nodedown, :noproc, :server_died, :timeout]

  defp retry(%{attempt: nil} = state) do
    {delay, backoff} = Backoff.next(state.backoff)
    tell(state, :retry, %{delay: delay, attempt: backoff.attempt}, %{})
    %{state | backoff: backoff, attempt: Process.send_after(self(), :connect, delay)}
  end

  defp retry(state), do: state

  defp tell(state, event, measurements, more) do
    metadata = Map.merge(%{node: state.node, game: state.id, owner: self()}, more)
    Telemetry.execute([:beamcade, :game, event], measurements, metadata)
  end
end
