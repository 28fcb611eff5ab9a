defmodule Beamcade.ObservationTest do
  use ExUnit.Case, async: true

  alias Beamcade.{Fixtures, Observation}

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
end
