defmodule Beamcade.Observation do
  @moduledoc """
  Reads what MettaGrid's agents see.

  Each agent looks through a window of which it is the centre. A token says one thing about one cell of it: which cell,
  which feature, which value. The server sends the tokens as bytes, as many for each agent, filled up with `FF FF FF`;
  `decode/1` makes lists of them.
  """

  alias Beamcade.Step

  @features ~w(type_id agent:group agent:frozen agent:orientation reserved converting swappable episode_completion_pct
    last_action last_action_arg last_reward agent:glyph agent:visitation_counts tag cooldown_remaining clipped
    remaining_uses)
  @first_inventory length(@features)

  @typedoc "One token: the cell of the window (row and column from its top left), the feature's number and its value."
  @type token :: %{row: 0..15, col: 0..15, feature: byte(), value: byte()}

  @doc """
  The tokens of each agent of a step, in the order in which they were sent.

      iex> step = %Beamcade.Step{
      ...>   observations: <<0x11, 0, 0, 0x10, 0, 1, 0x11, 3, 2, 0xFF, 0xFF, 0xFF>>, rewards: [0.0, 0.0],
      ...>   terminals: [false, false], truncations: [false, false], action_success: [true, true], current_step: 0
      ...> }
      iex> Beamcade.Observation.decode(step)
      [
        [%{row: 1, col: 1, feature: 0, value: 0}, %{row: 1, col: 0, feature: 0, value: 1}],
        [%{row: 1, col: 1, feature: 3, value: 2}]
      ]
  """
  @spec decode(Step.t()) :: [[token()]]
  def decode(%Step{observations: observations, rewards: rewards}), do: decode(observations, length(rewards))

  @doc """
  The same from the bare binary and the number of agents. A binary that does not divide into tokens for that many agents
  raises `ArgumentError`.

      iex> Beamcade.Observation.decode(<<0x00, 13, 4>>, 1)
      [[%{row: 0, col: 0, feature: 13, value: 4}]]

      iex> Beamcade.Observation.decode("", 0)
      []
  """
  @spec decode(binary(), non_neg_integer()) :: [[token()]]
  def decode("", agents) when is_integer(agents) and agents >= 0, do: List.duplicate([], agents)

  def decode(observations, agents) when is_binary(observations) and is_integer(agents) and agents >= 0 do
    size = byte_size(observations)

    if agents == 0 or rem(size, agents * 3) != 0 do
      raise ArgumentError, "expected 3 bytes for each token of #{agents} agents, got #{size} bytes"
    end

    per_agent = div(size, agents)
    for agent <- 0..(agents - 1), do: observations |> binary_part(agent * per_agent, per_agent) |> tokens()
  end

  @doc """
  The name of a feature's number. What lies past the fixed features are the resources of the game's configuration, and
  after them the inputs and outputs of recipes.

      iex> Beamcade.Observation.feature_name(3)
      "agent:orientation"

      iex> Enum.map([17, 18, 20, 21, 23], &Beamcade.Observation.feature_name(&1, ["ore", "heart"]))
      ["inv:ore", "inv:heart", "input:heart", "output:ore", "unknown"]
  """
  @spec feature_name(byte(), [String.t()]) :: String.t()
  def feature_name(feature, resource_names \\ [])
  def feature_name(feature, _) when feature >= 0 and feature < @first_inventory, do: Enum.at(@features, feature)

  def feature_name(feature, resource_names) when feature in @first_inventory..255 do
    offset = feature - @first_inventory
    count = max(length(resource_names), 1)

    with prefix when prefix != nil <- Enum.at(["inv:", "input:", "output:"], div(offset, count)),
         name when name != nil <- Enum.at(resource_names, rem(offset, count)) do
      prefix <> name
    else
      nil -> "unknown"
    end
  end

  # Unused tokens have the location FF; no window is wide enough for a real one there.
  defp tokens(window) do
    for <<row::4, col::4, feature, value <- window>>, {row, col} != {15, 15} do
      %{row: row, col: col, feature: feature, value: value}
    end
  end
end
