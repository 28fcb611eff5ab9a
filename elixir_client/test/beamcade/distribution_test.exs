defmodule Beamcade.DistributionTest do
  use ExUnit.Case, async: true

  alias Beamcade.{Distribution, OsProcess, Peer}

  setup do
    :ok = Distribution.ensure_started()
  end

  test "names are free and have an address of their own" do
    names = for _ <- 1..50, do: Distribution.free_node_name("arcade")
    assert Enum.uniq(names) == names

    unless Distribution.short_name?(node()) do
      addresses = for name <- names, uniq: true, do: name |> Atom.to_string() |> String.split("@") |> List.last()
      assert length(addresses) > 45 or addresses == ["127.0.0.1"]
      for address <- addresses, do: assert({:ok, {127, _, _, _}} = :inet.parse_ipv4_address(to_charlist(address)))
    end
  end

  test "what is no node name is refused" do
    assert_raise ArgumentError, ~r/expected a node name/, fn -> Distribution.short_name?(:godot) end
  end

  test "a BEAM asks at the port that its environment says" do
    peer = Peer.start([{"ERL_EPMD_PORT", "4711"}])
    assert Peer.call(peer, Distribution, :epmd_port, []) == 4711
  end

  test "a BEAM that is a node stays what it is" do
    peer = Peer.start()
    assert Peer.call(peer, Distribution, :ensure_started, [[name: :"one@127.0.0.1"]]) == :ok
    assert Peer.call(peer, Distribution, :ensure_started, [[name: :"two@127.0.0.1"]]) == :ok
    assert Peer.call(peer, :erlang, :node, []) == :"one@127.0.0.1"
  end

  test "with a short name it starts nodes with short names" do
    peer = Peer.start([{"ERL_EPMD_PORT", Integer.to_string(free_port())}])
    assert Peer.call(peer, Distribution, :ensure_started, [[name: :short@localhost]]) == :ok
    node = Peer.call(peer, Distribution, :free_node_name, [])
    assert "beamcade_" <> _ = name = Atom.to_string(node)
    assert String.ends_with?(name, "@localhost")
    Peer.start_child(peer, {Beamcade.Node, node: node})
    assert Peer.call(peer, Beamcade, :call, [:erlang, :node, [], [node: node]]) == {:ok, node}
  end

  test "to listen it needs an epmd" do
    port = Integer.to_string(free_port())
    peer = Peer.start([{"ERL_EPMD_PORT", port}])
    listen = fn -> Peer.call(peer, Distribution, :ensure_started, [[name: :"listener@127.0.0.1", listen: true]]) end
    assert {:error, %{code: :not_distributed, message: message}} = listen.()
    assert message =~ "could not become the node listener@127.0.0.1"

    epmd = start_epmd(port)
    assert listen.() == :ok
    assert {~c"name listener at port " ++ _, 0} = epmd_names(port)
    OsProcess.kill(epmd)
  end

  defp start_epmd(port) do
    process =
      Port.open({:spawn_executable, epmd()}, [
        {:args, ["-d", "-d", "-port", port, "-address", "127.0.0.1"]},
        :binary,
        :stderr_to_stdout
      ])

    {:os_pid, os_pid} = Port.info(process, :os_pid)
    on_exit(fn -> OsProcess.kill(os_pid) end)
    await_line(process, "entering the main select() loop")
    os_pid
  end

  defp await_line(process, text, heard \\ "") do
    unless heard =~ text do
      assert_receive {^process, {:data, more}}, 5_000
      await_line(process, text, heard <> more)
    end
  end

  defp epmd_names(port) do
    {text, status} = System.cmd(epmd(), ["-port", port, "-names"])
    {text |> String.split("\n") |> Enum.at(1) |> to_charlist(), status}
  end

  defp epmd do
    System.find_executable("epmd") || :code.root_dir() |> Path.join("erts-*/bin/epmd") |> Path.wildcard() |> hd()
  end

  # Another program may take it before it is used; the kernel hands it out again last.
  defp free_port do
    {:ok, socket} = :gen_tcp.listen(0, ip: {127, 0, 0, 1})
    {:ok, port} = :inet.port(socket)
    :gen_tcp.close(socket)
    port
  end
end
