defmodule Beamcade.MettaGrid.ObservationTest do
  use ExUnit.Case, async: true

  alias Beamcade.Fixtures
  alias Beamcade.MettaGrid.Observation

  test "decodes what both agents of a recorded game saw" do
    assert [left, right] = Observation.decode(Fixtures.first(), 2)
    assert hd(left) == %{row: 1, col: 1, feature: 7, value: 0x24}
    assert Enum.map(left, & &1.feature) == [7, 8, 9, 10, 0, 1, 2, 3, 0, 0, 1, 2, 3, 0, 0, 0, 0, 0]
    assert length(right) == 18

    # Each sees the other: the left one at its right hand, the right one at its left hand, and looking the other way.
    assert for(%{row: 1, col: 2, feature: feature, value: value} <- left, do: {feature, value}) ==
             [{0, 0}, {1, 0}, {2, 0}, {3, 2}]

    assert for(%{row: 1, col: 0, feature: feature, value: value} <- right, do: {feature, value}) ==
             [{0, 0}, {1, 0}, {2, 0}, {3, 3}]
  end

  test "leaves out unused tokens, wherever they are" do
    assert Observation.decode(<<255, 255, 255, 0, 1, 2>>, 1) == [[%{row: 0, col: 0, feature: 1, value: 2}]]
    assert Observation.decode(<<255, 255, 255, 255, 255, 255>>, 2) == [[], []]
  end

  test "nobody sees anything in a game without tokens" do
    assert Observation.decode("", 3) == [[], [], []]
  end

  test "a binary of the wrong length says so" do
    assert_raise ArgumentError, "expected 3 bytes for each token of 2 agents, got 9 bytes", fn ->
      Observation.decode(<<0::72>>, 2)
    end

    assert_raise ArgumentError, fn -> Observation.decode(<<0>>, 0) end
  end

  test "every feature has a name" do
    names = for feature <- 0..255, do: Observation.feature_name(feature, ["ore", "heart", "laser"])
    assert Enum.slice(names, 15, 6) == ["clipped", "remaining_uses", "inv:ore", "inv:heart", "inv:laser", "input:ore"]
    assert Enum.count(names, &(&1 == "unknown")) == 256 - 17 - 9
    assert Observation.feature_name(17) == "unknown"
  end

  test "an observation is a part of its binary, and read no further than is needed" do
    binary = Fixtures.first()
    seen = Observation.of(binary, 2, 1)
    assert :binary.referenced_byte_size(seen.tokens) == byte_size(binary)

    # What follows the third token would raise if it were read: it is no whole token.
    broken = %Observation{tokens: binary_part(binary, 0, 9) <> <<1>>}
    assert broken |> Enum.take(3) |> length() == 3
    assert Enum.find(broken, &(&1.feature == 9)).feature == 9
    assert Observation.find(broken, 9) == %{row: 1, col: 1, feature: 9, value: 3}
    assert_raise FunctionClauseError, fn -> Enum.to_list(broken) end
  end

  test "is a stream of tokens to Enum, Stream and comprehensions" do
    seen = Observation.of(Fixtures.first(), 2, 0)
    [all, _] = Observation.decode(Fixtures.first(), 2)
    assert Enum.to_list(seen) == all
    assert Enum.count(seen) == 18
    assert Enum.at(seen, 17) == List.last(all)
    assert %{row: 1, col: 2, feature: 3, value: 2} in seen
    assert seen |> Stream.zip(1..3) |> Enum.map(&elem(&1, 1)) == [1, 2, 3]
    assert Enum.slice(seen, 2, 2) == Enum.slice(all, 2, 2)
    assert Enum.zip(seen, all) |> Enum.all?(fn {a, b} -> a == b end)
  end

  test "finds features and cells without reading the rest into memory" do
    [left, right] = Fixtures.first() |> Observation.each(2) |> Enum.to_list()
    assert Observation.value(left, "episode_completion_pct") == 0x24
    assert Observation.value(left, "cooldown_remaining", :none) == :none
    assert left |> Observation.all(3) |> Enum.map(&{&1.row, &1.col, &1.value}) == [{1, 1, 3}, {1, 2, 2}]
    assert Observation.at(right, 1, 0) == %{0 => 0, 1 => 0, 2 => 0, 3 => 3}
    assert Observation.at(right, 15, 15) == %{}
    assert Observation.find(%Observation{tokens: <<255, 0, 1>>}, 0) == nil

    for wrong <- [256, -1, "inv:ore", :type_id],
        do: assert_raise(ArgumentError, fn -> Observation.find(left, wrong) end)

    for wrong <- [2, -3], do: assert_raise(ArgumentError, fn -> Observation.of(Fixtures.first(), 2, wrong) end)
  end
end
