defmodule Beamcade.Steps do
  @moduledoc """
  What several steps of a game showed: the answer of `Beamcade.Game.step_many/3`.

  It holds what the server sent, which is compact: one binary for each kind of result, with all steps and agents in it.
  It is enumerable as a list of `Beamcade.Step`, each made when it is asked for:

      iex> steps = Beamcade.Steps.from_reply(%{
      ...>   steps: 2, current_step: 7, observations: <<0x11, 7, 1, 0x11, 7, 2>>,
      ...>   rewards: <<0.25::float-32-little, -1.0::float-32-little>>, total_rewards: [-0.75],
      ...>   terminals: <<0, 1>>, truncations: <<0, 0>>, action_success: <<1, 1>>
      ...> })
      iex> Enum.map(steps, &{&1.current_step, &1.rewards, &1.terminals})
      [{6, [0.25], [false]}, {7, [-1.0], [true]}]
      iex> steps |> Enum.at(0) |> Beamcade.MettaGrid.Observation.of(0) |> Enum.to_list()
      [%{row: 1, col: 1, feature: 7, value: 1}]
      iex> steps.total_rewards
      [-0.75]
  """

  alias Beamcade.Step

  @fields [:steps, :current_step, :observations, :rewards, :total_rewards, :terminals, :truncations, :action_success]
  @enforce_keys @fields
  defstruct @fields ++ [observed: :all, results: :all]

  @typedoc """
  * `steps` - how many steps were done
  * `current_step` - steps since the game was made, after the last of them
  * `observations` - those of all steps, of the last one, or none: as was asked for
  * `rewards` - by step and agent, 32-bit floats with the low byte first
  * `total_rewards` - by agent, the sum over all steps
  * `terminals`, `truncations`, `action_success` - by step and agent, a byte 0 or 1
  * `results` - whether rewards, flags and successes are of `:all` steps or of the `:last` one
  * `observed` - whether the observations are of `:all` steps, of the `:last` one, or there are none
  """
  @type t :: %__MODULE__{
          steps: non_neg_integer(),
          current_step: non_neg_integer(),
          observations: binary(),
          rewards: binary(),
          total_rewards: [float()],
          terminals: binary(),
          truncations: binary(),
          action_success: binary(),
          results: :all | :last,
          observed: :all | :last | :none
        }

  @doc """
  Makes the struct from the map that the server answers in the packed format, and the options `:observations` and `:results`
  that it was asked with.

      iex> Beamcade.Steps.from_reply(%{
      ...>   steps: 0, current_step: 3, observations: "", rewards: "", total_rewards: [0.0],
      ...>   terminals: "", truncations: "", action_success: ""
      ...> }, observations: :none) |> Enum.to_list()
      []
  """
  @spec from_reply(map(), observations: :all | :last | :none, results: :all | :last) :: t()
  def from_reply(%{} = reply, asked \\ []) do
    asked = Keyword.validate!(asked, observations: :all, results: :all)

    struct!(__MODULE__, Map.take(reply, @fields))
    |> Map.merge(%{observed: asked[:observations], results: asked[:results]})
  end

  @doc """
  How many steps can be looked at: all that were done, or one if only the results of the last were asked for.

      iex> %Beamcade.Steps{
      ...>   steps: 5, current_step: 5, observations: "", rewards: <<0::32>>, total_rewards: [2.0], terminals: <<0>>,
      ...>   truncations: <<0>>, action_success: <<1>>, observed: :none, results: :last
      ...> } |> Beamcade.Steps.count()
      1
  """
  @spec count(t()) :: non_neg_integer()
  def count(%__MODULE__{results: :all, steps: steps}), do: steps
  def count(%__MODULE__{results: :last, steps: steps}), do: min(steps, 1)

  @doc """
  One of the steps that can be looked at, counted from 0, negative numbers from the end; `nil` if there is no such step. Its
  observations are empty if they were not asked for.

      iex> steps = %Beamcade.Steps{
      ...>   steps: 5, current_step: 5, observations: <<0x11, 0, 1>>, rewards: <<0.5::float-32-little>>,
      ...>   total_rewards: [2.0], terminals: <<0>>, truncations: <<1>>, action_success: <<1>>, observed: :last,
      ...>   results: :last
      ...> }
      iex> Beamcade.Steps.at(steps, -1)
      %Beamcade.Step{
        observations: <<0x11, 0, 1>>, rewards: [0.5], terminals: [false], truncations: [true],
        action_success: [true], current_step: 5
      }
      iex> Beamcade.Steps.at(steps, 1)
      nil
  """
  @spec at(t(), integer()) :: Step.t() | nil
  def at(%__MODULE__{} = steps, index) when is_integer(index) do
    count = count(steps)
    position = if index < 0, do: index + count, else: index
    if position in 0..(count - 1)//1, do: step(steps, position, count)
  end

  @doc """
  Whether nothing can happen any more: after the last of these steps, every agent's episode is terminated or truncated.

      iex> %Beamcade.Steps{
      ...>   steps: 2, current_step: 2, observations: "", rewards: <<0::128>>, total_rewards: [0.0, 0.0],
      ...>   terminals: <<0, 0, 1, 0>>, truncations: <<0, 0, 0, 1>>, action_success: <<1, 1, 1, 1>>, observed: :none
      ...> } |> Beamcade.Steps.done?()
      true
  """
  @spec done?(t()) :: boolean()
  def done?(%__MODULE__{} = steps) do
    case at(steps, -1) do
      nil -> false
      step -> Step.done?(step)
    end
  end

  defp step(steps, position, count) do
    agents = length(steps.total_rewards)

    %Step{
      observations: observations(steps, position, count),
      rewards: for(<<reward::float-32-little <- row(steps.rewards, position, 4 * agents)>>, do: reward),
      terminals: flags(steps.terminals, position, agents),
      truncations: flags(steps.truncations, position, agents),
      action_success: flags(steps.action_success, position, agents),
      current_step: steps.current_step - count + 1 + position
    }
  end

  defp observations(%{observed: :all, observations: observations, steps: done}, position, count),
    do: row(observations, done - count + position, div(byte_size(observations), done))

  defp observations(%{observed: :last, observations: observations}, position, count) when position == count - 1,
    do: observations

  defp observations(_steps, _position, _count), do: ""

  defp flags(binary, position, agents), do: for(<<flag <- row(binary, position, agents)>>, do: flag == 1)

  defp row(binary, position, size), do: binary_part(binary, position * size, size)

  defimpl Enumerable do
    alias Beamcade.Steps

    def reduce(steps, acc, fun), do: each(steps, 0, Steps.count(steps), acc, fun)
    def count(steps), do: {:ok, Steps.count(steps)}
    def member?(_steps, _step), do: {:error, __MODULE__}
    def slice(_steps), do: {:error, __MODULE__}

    defp each(_steps, _position, _count, {:halt, acc}, _fun), do: {:halted, acc}

    defp each(steps, position, count, {:suspend, acc}, fun),
      do: {:suspended, acc, &each(steps, position, count, &1, fun)}

    defp each(_steps, count, count, {:cont, acc}, _fun), do: {:done, acc}

    defp each(steps, position, count, {:cont, acc}, fun),
      do: each(steps, position + 1, count, fun.(Steps.at(steps, position), acc), fun)
  end
end
