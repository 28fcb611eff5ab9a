defmodule Beamcade.Distribution do
  @moduledoc """
  Makes this BEAM a node, and finds names for others, on a machine where nothing was prepared: no `--name`, no epmd.

  A BEAM asks the epmd of the host in a node's name where that node listens, always at the port it was told at its own
  start (`ERL_EPMD_PORT`, else 4369). Two things follow, and this module uses both:

    * A BEAM that only connects to others, and does not listen, needs no epmd. `ensure_started/1` makes such a node. It
      is hidden and reaches any node; only other nodes cannot begin a connection with it.
    * A Beamcade node that has a loopback address for itself (`game@127.83.12.7`; Linux and Windows route all of
      `127.0.0.0/8` to the loopback interface) can bring its own epmd at that address, at the port that this BEAM asks.
      Neither a system's epmd nor another test suite at the same time is in its way. `free_node_name/1` gives such names.

  Where there are no such addresses (macOS), names are at `127.0.0.1`: nodes share the epmd that runs there, or the one
  which the first of them brings.
  """

  alias Beamcade.Error

  @doc """
  Makes sure that this BEAM is a node. Does nothing if it is one already.

  ## Options

    * `:name` - the name to take, default a random one at `127.0.0.1`
    * `:listen` - whether other nodes can begin a connection; needs an epmd. Default `false`

  ```
  iex> Beamcade.Distribution.ensure_started()
  :ok
  iex> Node.alive?()
  true
  ```
  """
  @spec ensure_started(name: node(), listen: boolean()) :: :ok | {:error, Error.t()}
  def ensure_started(options \\ []) do
    options = Keyword.validate!(options, name: nil, listen: false)
    if Node.alive?(), do: :ok, else: start(options[:name] || :"beam_#{random()}@127.0.0.1", options[:listen])
  end

  @doc """
  A node name that nobody uses, of the kind (long or short) that this BEAM can connect to.

      iex> Beamcade.Distribution.free_node_name("game") |> Atom.to_string() |> String.starts_with?("game_")
      true
  """
  @spec free_node_name(String.t()) :: node()
  def free_node_name(prefix \\ "beamcade") when is_binary(prefix) do
    host = if short_names?(), do: host(node()), else: free_address()
    :"#{prefix}_#{random()}@#{host}"
  end

  @doc """
  The port at which this BEAM asks for nodes.

      iex> Beamcade.Distribution.epmd_port() in 1..65535
      true
  """
  @spec epmd_port() :: :inet.port_number()
  def epmd_port do
    case :init.get_argument(:epmd_port) do
      {:ok, [[port | _] | _]} -> List.to_integer(port)
      _ -> 4369
    end
  end

  @doc """
  Whether a name is a short one: nodes with short names and nodes with long ones cannot connect.

      iex> Enum.map([:"godot@127.0.0.1", :"godot@arcade"], &Beamcade.Distribution.short_name?/1)
      [false, true]
  """
  @spec short_name?(node()) :: boolean()
  def short_name?(name), do: not String.contains?(host(name), [".", ":"])

  defp start(name, listen) do
    domain = if short_name?(name), do: :shortnames, else: :longnames

    case :net_kernel.start(name, %{name_domain: domain, dist_listen: listen}) do
      {:ok, _} ->
        :ok

      {:error, {:already_started, _}} ->
        :ok

      {:error, reason} ->
        message = "This BEAM could not become the node #{name}: #{inspect(reason)}."
        {:error, Error.new(:not_distributed, message, details: %{reason: reason})}
    end
  end

  defp short_names?, do: Node.alive?() and short_name?(node())

  defp host(name) do
    case name |> Atom.to_string() |> String.split("@") do
      [_, host] -> host
      _ -> raise ArgumentError, "expected a node name like :\"godot@127.0.0.1\", got: #{inspect(name)}"
    end
  end

  # Random addresses collide once in millions; one that cannot be listened on means that there are none.
  defp free_address do
    address = {127, :rand.uniform(254), :rand.uniform(256) - 1, :rand.uniform(254)}

    case :gen_tcp.listen(0, ip: address) do
      {:ok, socket} ->
        :gen_tcp.close(socket)
        address |> :inet.ntoa() |> List.to_string()

      {:error, _} ->
        "127.0.0.1"
    end
  end

  defp random, do: :crypto.strong_rand_bytes(5) |> Base.encode16(case: :lower)
end
