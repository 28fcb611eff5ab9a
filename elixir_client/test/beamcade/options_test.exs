defmodule Beamcade.OptionsTest do
  use ExUnit.Case, async: true

  test "unknown options are refused, with the known ones" do
    for function <- [
          fn -> Beamcade.call(:a, :b, [], nodes: 1) end,
          fn -> Beamcade.cast(:a, :b, [], nodes: 1) end,
          fn -> Beamcade.describe(nodes: 1) end,
          fn -> Beamcade.Client.start_link(nodes: 1) end,
          fn -> Beamcade.Game.start_link(id: "a", config: %{}, map: [], nodes: 1) end,
          fn -> Beamcade.Node.start_link(nodes: 1) end,
          fn -> Beamcade.Distribution.ensure_started(nodes: 1) end
        ] do
      assert_raise ArgumentError, ~r/unknown keys \[:nodes\]/, function
    end
  end

  test "values of the wrong type are refused before anything is sent" do
    for {options, sentence} <- [
          {[node: "godot@127.0.0.1"], ~r/expected :node to be an atom/},
          {[node: nil], ~r/expected :node to be an atom like :"godot@127.0.0.1", got: nil/},
          {[node: :godot], ~r/expected :node to be a node name like :"godot@127.0.0.1", got: :godot/},
          {[node: :godot@], ~r/expected :node to be a node name/},
          {[server: "s"], ~r/expected :server to be an atom/},
          {[timeout: -1], ~r/expected :timeout to be milliseconds or :infinity, got: -1/}
        ] do
      assert_raise ArgumentError, sentence, fn -> Beamcade.call(:a, :b, [], options) end
      assert_raise ArgumentError, sentence, fn -> Beamcade.Client.start_link(options) end

      assert_raise ArgumentError, sentence, fn ->
        Beamcade.Game.start_link([id: "a", config: %{}, map: []] ++ options)
      end
    end

    assert_raise ArgumentError, ~r/expected :engine to be an atom/, fn ->
      Beamcade.Game.start_link(id: "a", config: %{}, map: [], engine: "mettagrid")
    end

    assert_raise ArgumentError, ~r/expected :record to be one of \[true, false\], got: "yes"/, fn ->
      Beamcade.Game.start_link(id: "a", config: %{}, map: [], record: "yes")
    end

    assert_raise ArgumentError, ~r/expected :node to be an atom/, fn -> Beamcade.Node.start_link(node: "a@b") end
    assert_raise ArgumentError, ~r/expected :node to be a node name/, fn -> Beamcade.Node.start_link(node: :a) end
    assert_raise ArgumentError, ~r/expected :log to be a level/, fn -> Beamcade.Node.start_link(log: true) end
  end

  test "arguments are a list or a map" do
    assert_raise ArgumentError, ~r/expected the arguments as a list or as a map/, fn -> Beamcade.call(:a, :b, :c) end
    assert_raise ArgumentError, ~r/expected the arguments/, fn -> Beamcade.Client.call(:no_client, :a, :b, {}) end
  end
end
