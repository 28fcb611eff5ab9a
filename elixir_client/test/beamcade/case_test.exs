defmodule Beamcade.CaseTest do
  use Beamcade.Case, async: true, beamcade: [register: [:arcade], cookie: :chosen]

  alias Beamcade.Error

  test "gives the node and its process", %{node: node, beamcade: beamcade} do
    assert Beamcade.Node.info(beamcade).node == node
    assert Node.ping(node) == :pong
  end

  test "passes options on to the node", %{node: node} do
    assert Beamcade.call(:erlang, :node, [], node: node, server: :arcade) == {:ok, node}
    assert :erlang.get_cookie(node) == :chosen
  end

  test "one test can have a node for itself", %{node: node} do
    assert %{node: other} = Beamcade.Case.start_node()
    assert other != node
    assert Beamcade.call(:games, :list, [], node: other) == {:ok, []}
  end

  test "raises what is wrong with the node" do
    assert_raise Error, ~r/There is no file/, fn -> Beamcade.Case.start_node(cli: "/nowhere/cli.js") end
    assert_raise Error, ~r/no-such-flag/, fn -> Beamcade.Case.start_node(args: ["--no-such-flag"]) end
  end
end
