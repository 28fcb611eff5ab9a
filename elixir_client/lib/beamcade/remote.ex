defmodule Beamcade.Remote do
  @moduledoc false
  # The one place that speaks with the server: calls, their failures as errors, and attempts to connect.

  alias Beamcade.{Error, Telemetry}

  @type target :: {name :: atom(), node()}

  @spec call(target(), {term(), term(), term()}, timeout()) :: {:ok, term()} | {:error, Error.t()}
  def call({server, node} = target, {module, function, _args} = request, timeout) do
    metadata = %{node: node, server: server, module: module, function: function}
    started = System.monotonic_time()
    Telemetry.execute([:beamcade, :call, :start], %{system_time: System.system_time()}, metadata)

    result =
      try do
        answer(GenServer.call(target, request, timeout))
      catch
        :exit, {reason, {GenServer, :call, _}} -> {:error, failure(reason, target, timeout)}
      end

    metadata = Map.put(metadata, :result, outcome(result))
    Telemetry.execute([:beamcade, :call, :stop], %{duration: System.monotonic_time() - started}, metadata)
    result
  end

  @doc "Asks without waiting, so that several can be asked at once. `await/3` gets the answer."
  @spec request(target(), {term(), term(), term()}) :: term()
  def request({server, node} = target, {module, function, _args} = request) do
    metadata = %{node: node, server: server, module: module, function: function}
    started = System.monotonic_time()
    Telemetry.execute([:beamcade, :call, :start], %{system_time: System.system_time()}, metadata)
    {:gen_server.send_request(target, request), target, started, metadata}
  end

  @spec await(term(), integer() | :infinity, timeout()) :: {:ok, term()} | {:error, Error.t()}
  def await({request, target, started, metadata}, deadline, timeout) do
    result =
      case :gen_server.receive_response(request, left(deadline)) do
        {:reply, answer} -> answer(answer)
        :timeout -> {:error, failure(:timeout, target, timeout)}
        {:error, {reason, _}} -> {:error, failure(reason, target, timeout)}
      end

    metadata = Map.put(metadata, :result, outcome(result))
    Telemetry.execute([:beamcade, :call, :stop], %{duration: System.monotonic_time() - started}, metadata)
    result
  end

  @doc "When a timeout that begins now ends, for `await/3`."
  @spec deadline(timeout()) :: integer() | :infinity
  def deadline(:infinity), do: :infinity
  def deadline(timeout), do: System.monotonic_time(:millisecond) + timeout

  defp left(:infinity), do: :infinity
  defp left(deadline), do: max(deadline - System.monotonic_time(:millisecond), 0)

  @doc "What an answer of the server means: operations answer tagged, those of Erlang's own modules bare."
  @spec answer(term()) :: {:ok, term()} | {:error, Error.t()}
  def answer({:ok, value}), do: {:ok, value}

  def answer({:error, %{code: code, message: message} = reply}) when is_atom(code) and is_binary(message),
    do: {:error, Error.from_reply(reply)}

  def answer(value), do: {:ok, value}

  @doc "Why a call gave no answer. `reason` is what GenServer.call exits with."
  @spec failure(term(), GenServer.server(), timeout()) :: Error.t()
  def failure(reason, target, timeout)
  def failure({:nodedown, node}, _target, _timeout), do: nodedown(node)
  def failure(:noconnection, {_, node}, _timeout), do: nodedown(node)

  def failure(:timeout, target, timeout),
    do: Error.new(:timeout, "#{show(target)} did not answer within #{timeout} ms.")

  def failure(:noproc, target, _timeout), do: Error.new(:noproc, "There is no process #{show(target)}.")

  def failure(reason, target, _timeout) do
    message = "#{show(target)} ended during the call: #{Exception.format_exit(reason)}."
    Error.new(:server_died, message, details: %{reason: reason})
  end

  @spec nodedown(node()) :: Error.t()
  def nodedown(node) do
    if Node.alive?(),
      do: Error.new(:nodedown, "Node #{node} is not connected.", details: %{node: node}),
      else: not_distributed()
  end

  @spec not_distributed() :: Error.t()
  def not_distributed, do: Error.new(:not_distributed, "This BEAM is not distributed: it has no node name.")

  @spec connected?(node()) :: boolean()
  def connected?(node), do: node == node() or node in Node.list([:visible, :hidden])

  @doc """
  Tries to connect in a process of its own, because an attempt can take seconds. The result comes as the `:DOWN` message
  of the monitor: `{:shutdown, true | false}`.
  """
  @spec connect_later(node()) :: reference()
  def connect_later(node) do
    {_pid, monitor} = spawn_monitor(fn -> exit({:shutdown, Node.connect(node) == true}) end)
    monitor
  end

  defp outcome({:ok, _}), do: :ok
  defp outcome({:error, %Error{code: code}}), do: code

  defp show({name, node}), do: "#{inspect(name)} on #{node}"
  defp show(process), do: inspect(process)
end
