defmodule Beamcade.BackoffTest do
  use ExUnit.Case, async: true

  alias Beamcade.Backoff

  defp delays(backoff, count) do
    Enum.map_reduce(1..count, backoff, fn _, backoff -> Backoff.next(backoff) end)
  end

  test "doubles up to the most, and leaves off at most half" do
    for _ <- 1..200 do
      {delays, _} = delays(Backoff.new(100, 1_000), 6)

      for {delay, ceiling} <- Enum.zip(delays, [100, 200, 400, 800, 1_000, 1_000]) do
        assert delay in div(ceiling, 2)..ceiling
      end
    end
  end

  test "no two clients keep the same pace" do
    first = for _ <- 1..50, uniq: true, do: Backoff.new(1_000, 1_000) |> Backoff.next() |> elem(0)
    assert length(first) > 10
  end

  test "goes on for ever, and begins again after a reset" do
    {_, backoff} = delays(Backoff.new(1, 10), 2_000)
    assert {delay, _} = Backoff.next(backoff)
    assert delay in 5..10
    assert {1, _} = backoff |> Backoff.reset() |> Backoff.next() |> then(fn {d, b} -> {max(d, 1), b} end)
  end

  test "a delay of one millisecond is possible" do
    assert {delay, _} = Backoff.next(Backoff.new(1, 1))
    assert delay in 0..1
  end

  test "wrong limits say what was expected" do
    for {min, max} <- [{0, 1}, {10, 5}, {1.5, 2}, {nil, 5}] do
      assert_raise ArgumentError, ~r/expected 0 < :backoff_min <= :backoff_max/, fn -> Backoff.new(min, max) end
    end
  end
end
