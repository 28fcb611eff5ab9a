defmodule Beamcade do
  @moduledoc """
  Calls the operations of a Beamcade node.

      iex> %{node: node} = Beamcade.Case.start_node()
      iex> Beamcade.call(:games, :list, [], node: node)
      {:ok, []}
      iex> Beamcade.call!(:test, :echo, [%{"any" => :term}], node: node)
      %{"any" => :term}
      iex> {:error, error} = Beamcade.call(:games, :lost, [], node: node)
      iex> error.code
      :unknown_operation
      iex> {:ok, operations} = Beamcade.describe(node: node)
      iex> Enum.find_value(operations, &(&1.name == :list && &1.usage))
      "games:list()"

  The first line is one of a test, which starts a node for itself (`Beamcade.Case`).

  The node is an ordinary member of the cluster, so `GenServer.call({:godot_server, node}, {module, function, args})`,
  `:erpc.call/4` and monitors serve as well. This module adds names for the parts, errors instead of exits, and
  telemetry. What it starts from:

    * `Beamcade.Game` - one game, as a process to put into your supervision tree
    * `Beamcade.Client` - a connection that is watched and made again, with calls that fail fast while it is lost
    * `Beamcade.Node` - runs the node itself under your supervisor
    * `Beamcade.Case` - tests of your games, with a node of their own

  ## Options

    * `:node` - the node's name, default `:"godot@127.0.0.1"`
    * `:server` - the registered name of its server, default `:godot_server`
    * `:timeout` - how long to wait for an answer, in milliseconds or `:infinity`, default 5000
  """

  alias Beamcade.{Error, Remote}

  @defaults [node: :"godot@127.0.0.1", server: :godot_server, timeout: 5_000]

  @typedoc "The options of every call."
  @type option :: {:node, node()} | {:server, atom()} | {:timeout, timeout()}

  @typedoc "The arguments of an operation, by position or by name."
  @type args :: [term()] | %{optional(atom() | String.t()) => term()}

  @doc """
  Calls an operation and waits for its answer.

  Operations answer `{:ok, value}` or an error, and so does this function. The functions of Erlang's own modules and of
  `:test` answer with a bare value, which is wrapped: `Beamcade.call(:test, :ping)` is `{:ok, :pong}`.

      iex> Beamcade.call(:games, :list, [], node: :"nobody@127.0.0.1") |> elem(0)
      :error
  """
  @spec call(atom() | String.t(), atom() | String.t(), args(), [option()]) :: {:ok, term()} | {:error, Error.t()}
  def call(module, function, args \\ [], options \\ []) do
    {target, timeout} = target!(options)
    Remote.call(target, request(module, function, args), timeout)
  end

  @doc """
  As `call/4`, but answers the value itself or raises the `Beamcade.Error`.

      iex> Beamcade.call!(:games, :list, [], node: :"nobody@127.0.0.1", timeout: "soon")
      ** (ArgumentError) expected :timeout to be milliseconds or :infinity, got: "soon"
  """
  @spec call!(atom() | String.t(), atom() | String.t(), args(), [option()]) :: term()
  def call!(module, function, args \\ [], options \\ []) do
    case call(module, function, args, options) do
      {:ok, value} -> value
      {:error, error} -> raise error
    end
  end

  @doc """
  Asks for an operation without waiting. Nobody learns whether it arrived: what fails is a warning in the node's log.

      iex> Beamcade.cast(:games, :list, [], node: :"nobody@127.0.0.1")
      :ok
  """
  @spec cast(atom() | String.t(), atom() | String.t(), args(), [option()]) :: :ok
  def cast(module, function, args \\ [], options \\ []) do
    {target, _timeout} = target!(options)
    GenServer.cast(target, request(module, function, args))
  end

  @doc """
  What the node can do: its table of operations with their documentation. The option `:module` asks for one module's.

      iex> match?({:error, %Beamcade.Error{}}, Beamcade.describe(node: :"nobody@127.0.0.1"))
      true
  """
  @spec describe([option() | {:module, atom() | String.t()}]) :: {:ok, term()} | {:error, Error.t()}
  def describe(options \\ []) do
    {module, options} = Keyword.pop(options, :module)
    call(:beamcade, :describe, List.wrap(module), options)
  end

  @doc false
  @spec target!([option()]) :: {Remote.target(), timeout()}
  def target!(options) do
    options = Keyword.validate!(options, @defaults)
    {{name!(options, :server), name!(options, :node)}, timeout!(options)}
  end

  @doc false
  @spec defaults() :: keyword()
  def defaults, do: @defaults

  @doc false
  @spec request(term(), term(), term()) :: {term(), term(), args()}
  def request(module, function, args) when is_list(args) or is_map(args), do: {module, function, args}

  def request(_module, _function, args) do
    raise ArgumentError, "expected the arguments as a list or as a map of named ones, got: #{inspect(args)}"
  end

  @doc false
  @spec name!(keyword(), atom()) :: atom()
  def name!(options, key) do
    case options[key] do
      name when is_atom(name) and name not in [nil, true, false] -> if key == :node, do: node!(name), else: name
      other -> raise ArgumentError, "expected #{inspect(key)} to be an atom#{example(key)}, got: #{inspect(other)}"
    end
  end

  # A name without a host is no node that could ever come: it would be waited for without end.
  defp node!(name) do
    case name |> Atom.to_string() |> String.split("@") do
      [alive, host] when alive != "" and host != "" -> name
      _ -> raise ArgumentError, "expected :node to be a node name#{example(:node)}, got: #{inspect(name)}"
    end
  end

  defp example(:node), do: ~s( like :"godot@127.0.0.1")
  defp example(_key), do: ""

  @doc false
  @spec timeout!(keyword()) :: timeout()
  def timeout!(options) do
    case options[:timeout] do
      timeout when timeout == :infinity or (is_integer(timeout) and timeout >= 0) -> timeout
      other -> raise ArgumentError, "expected :timeout to be milliseconds or :infinity, got: #{inspect(other)}"
    end
  end
end
