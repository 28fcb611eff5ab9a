defmodule Beamcade.Game.Batch do
  @moduledoc false
  # One step of each of several games: all that are on the same server in one message.

  alias Beamcade.{Error, Remote, Step}
  alias Beamcade.Game.Owner

  @spec step([{GenServer.server(), Beamcade.Game.actions()}], timeout()) :: [{:ok, Step.t()} | {:error, Error.t()}]
  def step(games, timeout) do
    entries = for {{game, actions}, index} <- Enum.with_index(games), do: {index, Owner.address(game, timeout), actions}
    missing = for {index, {:error, error}, _} <- entries, do: {index, {:error, error}}
    asked = entries |> batches() |> Enum.map(&send_batch/1)
    deadline = Remote.deadline(timeout)
    # All are sent before the first is waited for.
    answers = Enum.flat_map(asked, &receive_batch(&1, deadline, timeout))
    for {_index, answer} <- Enum.sort_by(missing ++ answers, &elem(&1, 0)), do: answer
  end

  # The games of one server in one batch, but a game that is there again in the next one.
  defp batches(entries) do
    {batches, _seen} =
      Enum.reduce(entries, {%{}, %{}}, fn
        {index, {:ok, {target, engine, id, _pid}}, actions}, {batches, seen} ->
          wave = Map.get(seen, {target, engine, id}, 0)
          item = {index, %{game_id: id, actions: actions}}
          batches = Map.update(batches, {wave, target, engine}, [item], &[item | &1])
          {batches, Map.put(seen, {target, engine, id}, wave + 1)}

        {_index, {:error, _}, _actions}, acc ->
          acc
      end)

    for {key, items} <- Enum.sort_by(batches, fn {{wave, _, _}, _} -> wave end), do: {key, Enum.reverse(items)}
  end

  defp send_batch({{_wave, target, engine}, items}) do
    {indexes, games} = Enum.unzip(items)
    {indexes, Remote.request(target, {engine, :step_games, [games]})}
  end

  defp receive_batch({indexes, request}, deadline, timeout) do
    case Remote.await(request, deadline, timeout) do
      {:ok, replies} when is_list(replies) and length(replies) == length(indexes) ->
        Enum.zip_with(indexes, replies, &{&1, one_of_batch(&2)})

      {:ok, other} ->
        error = Error.new(:bad_reply, "Expected #{length(indexes)} answers, got: #{inspect(other)}.")
        for index <- indexes, do: {index, {:error, error}}

      {:error, error} ->
        for index <- indexes, do: {index, {:error, error}}
    end
  end

  defp one_of_batch(%{step: step}), do: {:ok, Step.from_reply(step)}
  defp one_of_batch(%{error: error}), do: {:error, Error.from_reply(error)}
end
