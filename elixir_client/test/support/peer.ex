defmodule Beamcade.Peer do
  @moduledoc false
  # A second BEAM that is no node, driven through its standard input and output. It ends with the test.

  @doc "Starts one. `env` are more environment variables."
  def start(env \\ []) do
    paths = for app <- [:beamcade, :elixir, :logger], do: app |> Application.app_dir("ebin") |> to_charlist()
    args = [~c"-kernel", ~c"logger_level", ~c"none" | Enum.flat_map(paths, &[~c"-pa", &1])]
    env = for {name, value} <- env, do: {to_charlist(name), to_charlist(value)}
    {:ok, peer, _} = :peer.start_link(%{connection: :standard_io, args: args, env: env, wait_boot: 60_000})
    {:ok, _} = call(peer, :application, :ensure_all_started, [:elixir])
    peer
  end

  def call(peer, module, function, args), do: :peer.call(peer, module, function, args, 30_000)

  @doc """
  Starts a child under a supervisor of its own, as a process that makes a call through the standard input ends when it has
  answered. (The supervisor of the kernel itself must stay free: what makes connections starts processes there.)
  """
  def start_child(peer, child) do
    supervisor = Supervisor.child_spec({DynamicSupervisor, strategy: :one_for_one}, id: make_ref())
    {:ok, supervisor} = call(peer, :supervisor, :start_child, [:kernel_safe_sup, supervisor])

    {:ok, pid} =
      call(peer, DynamicSupervisor, :start_child, [supervisor, Supervisor.child_spec(child, restart: :temporary)])

    pid
  end
end
