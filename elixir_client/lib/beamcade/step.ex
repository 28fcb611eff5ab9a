defmodule Beamcade.Step do
  @moduledoc """
  What a game looks like after a step: the observations of all agents in one binary, and one entry for each agent in
  each list. Agents are numbered in the row-major order of the map.

  `Beamcade.MettaGrid.Observation` reads the binary.
  """

  @fields [:observations, :rewards, :terminals, :truncations, :action_success, :current_step]
  @enforce_keys @fields
  defstruct @fields

  @typedoc """
  * `observations` - for each agent the same number of tokens of three bytes (location, feature, value), unused ones `FF FF FF`
  * `rewards` - the rewards of this step
  * `terminals`, `truncations` - whether the episode has ended, by its rules or by its length
  * `action_success` - whether the action did what it should
  * `current_step` - steps since the game was made
  """
  @type t :: %__MODULE__{
          observations: binary(),
          rewards: [float()],
          terminals: [boolean()],
          truncations: [boolean()],
          action_success: [boolean()],
          current_step: non_neg_integer()
        }

  @doc """
  Makes the struct from the map that the server answers.

      iex> Beamcade.Step.from_reply(%{
      ...>   observations: <<0x11, 7, 36>>, rewards: [0.25], terminals: [false],
      ...>   truncations: [false], action_success: [true], current_step: 1
      ...> }).rewards
      [0.25]
  """
  @spec from_reply(map()) :: t()
  def from_reply(%{} = reply), do: struct!(__MODULE__, Map.take(reply, @fields))

  @doc """
  Whether nothing can happen any more: every agent's episode was terminated or truncated.

      iex> step = %Beamcade.Step{
      ...>   observations: "", rewards: [0.0, 0.0], terminals: [true, false],
      ...>   truncations: [false, true], action_success: [true, true], current_step: 9
      ...> }
      iex> Beamcade.Step.done?(step)
      true
  """
  @spec done?(t()) :: boolean()
  def done?(%__MODULE__{terminals: terminals, truncations: truncations}) do
    Enum.zip_with(terminals, truncations, &(&1 or &2)) |> Enum.all?()
  end
end
