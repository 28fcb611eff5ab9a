defmodule Beamcade.MettaGrid.Observation do
  @moduledoc """
  Reads what MettaGrid's agents see, token by token, from the bytes that the server sent.

  Each agent looks through a window of which it is the centre. A token says one thing about one cell of it: which cell,
  which feature, which value. The server sends three bytes for each, as many tokens for each agent, filled up with
  `FF FF FF`.

  An observation is what one agent sees. It is a part of the binary of its step, without a copy, and nothing of it is
  decoded before it is asked for. It is enumerable, so `Enum` and `Stream` serve: they get the tokens that are used, near
  ones first, and read no further than they need to.

      iex> step = %Beamcade.Step{
      ...>   observations: <<0x11, 0, 0, 0x10, 0, 1, 0x10, 3, 2, 0x11, 3, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF>>,
      ...>   rewards: [0.0, 0.0], terminals: [false, false], truncations: [false, false],
      ...>   action_success: [true, true], current_step: 0
      ...> }
      iex> left = Beamcade.MettaGrid.Observation.of(step, 0)
      iex> Enum.take(left, 1)
      [%{row: 1, col: 1, feature: 0, value: 0}]
      iex> Beamcade.MettaGrid.Observation.find(left, "agent:orientation")
      %{row: 1, col: 0, feature: 3, value: 2}
      iex> right = Beamcade.MettaGrid.Observation.of(step, 1)
      iex> Enum.count(right)
      1
  """

  alias Beamcade.Step

  @features ~w(type_id agent:group agent:frozen agent:orientation reserved converting swappable episode_completion_pct
    last_action last_action_arg last_reward agent:glyph agent:visitation_counts tag cooldown_remaining clipped
    remaining_uses)
  @numbers @features |> Enum.with_index() |> Map.new()
  @first_inventory length(@features)

  @enforce_keys [:tokens]
  defstruct [:tokens]

  @typedoc "What one agent sees: its tokens as they came, three bytes each."
  @type t :: %__MODULE__{tokens: binary()}

  @typedoc "One token: the cell of the window (row and column from its top left), the feature's number and its value."
  @type token :: %{row: 0..15, col: 0..15, feature: byte(), value: byte()}

  @typedoc "A feature by its number, or one of those that every game has by its name."
  @type feature :: byte() | String.t()

  @doc """
  What one agent of a step sees; agents are counted from 0, negative numbers from the end. Of a step that came without
  observations nothing is seen. Raises `ArgumentError` if there is no such agent.

      iex> step = %Beamcade.Step{
      ...>   observations: <<0x11, 3, 2, 0x11, 3, 1>>, rewards: [0.0, 0.0], terminals: [false, false],
      ...>   truncations: [false, false], action_success: [true, true], current_step: 0
      ...> }
      iex> Beamcade.MettaGrid.Observation.of(step, -1)
      %Beamcade.MettaGrid.Observation{tokens: <<0x11, 3, 1>>}
      iex> Beamcade.MettaGrid.Observation.of(step, 2)
      ** (ArgumentError) expected an agent from 0 to 1, got: 2
  """
  @spec of(Step.t(), integer()) :: t()
  def of(%Step{observations: observations, rewards: rewards}, agent), do: of(observations, length(rewards), agent)

  @doc """
  The same from the bare binary and the number of agents.

      iex> Beamcade.MettaGrid.Observation.of(<<0x11, 3, 2, 0x11, 3, 1>>, 2, 0).tokens
      <<0x11, 3, 2>>
  """
  @spec of(binary(), non_neg_integer(), integer()) :: t()
  def of(observations, agents, agent) when is_binary(observations) and is_integer(agent) do
    unless agent in -agents..(agents - 1)//1 do
      raise ArgumentError, "expected an agent from 0 to #{agents - 1}, got: #{agent}"
    end

    size = size!(observations, agents)
    at = if agent < 0, do: agent + agents, else: agent
    %__MODULE__{tokens: binary_part(observations, at * size, size)}
  end

  @doc """
  What the agents of a step see, one after the other, lazily.

      iex> step = %Beamcade.Step{
      ...>   observations: <<0x11, 3, 2, 0x11, 3, 1>>, rewards: [0.0, 0.0], terminals: [false, false],
      ...>   truncations: [false, false], action_success: [true, true], current_step: 0
      ...> }
      iex> for seen <- Beamcade.MettaGrid.Observation.each(step), do: Beamcade.MettaGrid.Observation.value(seen, 3)
      [2, 1]
  """
  @spec each(Step.t()) :: Enumerable.t()
  def each(%Step{observations: observations, rewards: rewards}), do: each(observations, length(rewards))

  @doc """
  The same from the bare binary and the number of agents. A binary that does not divide into tokens for that many agents
  raises `ArgumentError`.

      iex> <<0x11, 3, 2, 0x11, 3, 1>> |> Beamcade.MettaGrid.Observation.each(2) |> Enum.count()
      2
  """
  @spec each(binary(), non_neg_integer()) :: Enumerable.t()
  def each(observations, agents) when is_binary(observations) and is_integer(agents) and agents >= 0 do
    size = size!(observations, agents)
    Stream.map(0..(agents - 1)//1, &%__MODULE__{tokens: binary_part(observations, &1 * size, size)})
  end

  @doc """
  The first token of a feature, which is the nearest one, or `nil`.

      iex> seen = %Beamcade.MettaGrid.Observation{tokens: <<0x11, 8, 4, 0x21, 0, 1, 0x01, 0, 1>>}
      iex> Beamcade.MettaGrid.Observation.find(seen, "type_id")
      %{row: 2, col: 1, feature: 0, value: 1}
      iex> Beamcade.MettaGrid.Observation.find(seen, 17)
      nil
  """
  @spec find(t(), feature()) :: token() | nil
  def find(%__MODULE__{tokens: tokens}, feature), do: first(tokens, number!(feature))

  @doc """
  The value of the first token of a feature, or `default`.

      iex> seen = %Beamcade.MettaGrid.Observation{tokens: <<0x11, 8, 4>>}
      iex> Beamcade.MettaGrid.Observation.value(seen, "last_action")
      4
      iex> Beamcade.MettaGrid.Observation.value(seen, "clipped", 0)
      0
  """
  @spec value(t(), feature(), default) :: byte() | default when default: term()
  def value(%__MODULE__{tokens: tokens}, feature, default \\ nil) do
    case first(tokens, number!(feature)) do
      %{value: value} -> value
      nil -> default
    end
  end

  @doc """
  All tokens of a feature, lazily.

      iex> seen = %Beamcade.MettaGrid.Observation{tokens: <<0x11, 8, 4, 0x21, 0, 1, 0x01, 0, 3>>}
      iex> seen |> Beamcade.MettaGrid.Observation.all("type_id") |> Enum.map(&{&1.row, &1.col, &1.value})
      [{2, 1, 1}, {0, 1, 3}]
  """
  @spec all(t(), feature()) :: Enumerable.t()
  def all(%__MODULE__{} = observation, feature) do
    number = number!(feature)
    Stream.filter(observation, &(&1.feature == number))
  end

  @doc """
  What is seen of one cell: values by the number of the feature. Of a feature that is there several times (tags), the last.

      iex> seen = %Beamcade.MettaGrid.Observation{tokens: <<0x11, 8, 4, 0x21, 0, 1, 0x21, 6, 1>>}
      iex> Beamcade.MettaGrid.Observation.at(seen, 2, 1)
      %{0 => 1, 6 => 1}
      iex> Beamcade.MettaGrid.Observation.at(seen, 0, 0)
      %{}
  """
  @spec at(t(), 0..15, 0..15) :: %{optional(byte()) => byte()}
  def at(%__MODULE__{tokens: tokens}, row, col) when row in 0..15 and col in 0..15 do
    for <<^row::4, ^col::4, feature, value <- tokens>>, {row, col} != {15, 15}, into: %{}, do: {feature, value}
  end

  @doc """
  All tokens of all agents of a step, as lists.

      iex> step = %Beamcade.Step{
      ...>   observations: <<0x11, 0, 0, 0x10, 0, 1, 0x11, 3, 2, 0xFF, 0xFF, 0xFF>>, rewards: [0.0, 0.0],
      ...>   terminals: [false, false], truncations: [false, false], action_success: [true, true], current_step: 0
      ...> }
      iex> Beamcade.MettaGrid.Observation.decode(step)
      [
        [%{row: 1, col: 1, feature: 0, value: 0}, %{row: 1, col: 0, feature: 0, value: 1}],
        [%{row: 1, col: 1, feature: 3, value: 2}]
      ]
  """
  @spec decode(Step.t()) :: [[token()]]
  def decode(%Step{observations: observations, rewards: rewards}), do: decode(observations, length(rewards))

  @doc """
  The same from the bare binary and the number of agents.

      iex> Beamcade.MettaGrid.Observation.decode(<<0x00, 13, 4>>, 1)
      [[%{row: 0, col: 0, feature: 13, value: 4}]]

      iex> Beamcade.MettaGrid.Observation.decode("", 0)
      []
  """
  @spec decode(binary(), non_neg_integer()) :: [[token()]]
  def decode(observations, agents), do: observations |> each(agents) |> Enum.map(&Enum.to_list/1)

  @doc """
  The name of a feature's number. What lies past the fixed features are the resources of the game's configuration, and
  after them the inputs and outputs of recipes.

      iex> Beamcade.MettaGrid.Observation.feature_name(3)
      "agent:orientation"

      iex> Enum.map([17, 18, 20, 21, 23], &Beamcade.MettaGrid.Observation.feature_name(&1, ["ore", "heart"]))
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

  defp number!(number) when number in 0..255, do: number

  defp number!(name) do
    case @numbers do
      %{^name => number} -> number
      _ -> raise ArgumentError, "expected a feature from 0 to 255 or the name of a fixed one, got: #{inspect(name)}"
    end
  end

  # How many bytes each agent has.
  defp size!("", _agents), do: 0

  defp size!(observations, agents) do
    size = byte_size(observations)

    if agents == 0 or rem(size, agents * 3) != 0 do
      raise ArgumentError, "expected 3 bytes for each token of #{agents} agents, got #{size} bytes"
    end

    div(size, agents)
  end

  # Unused tokens have the location FF; no window is wide enough for a real one there.
  defp first(<<0xFF, _, _, rest::binary>>, number), do: first(rest, number)
  defp first(<<row::4, col::4, number, value, _::binary>>, number), do: token(row, col, number, value)
  defp first(<<_, _, _, rest::binary>>, number), do: first(rest, number)
  defp first("", _number), do: nil

  defp token(row, col, feature, value), do: %{row: row, col: col, feature: feature, value: value}

  defimpl Enumerable do
    def reduce(%{tokens: tokens}, acc, fun), do: each(tokens, acc, fun)

    # Only whoever reads all tokens knows these.
    def count(_observation), do: {:error, __MODULE__}
    def member?(_observation, _token), do: {:error, __MODULE__}
    def slice(_observation), do: {:error, __MODULE__}

    defp each(_tokens, {:halt, acc}, _fun), do: {:halted, acc}
    defp each(tokens, {:suspend, acc}, fun), do: {:suspended, acc, &each(tokens, &1, fun)}
    defp each(<<0xFF, _, _, rest::binary>>, {:cont, _} = acc, fun), do: each(rest, acc, fun)

    defp each(<<row::4, col::4, feature, value, rest::binary>>, {:cont, acc}, fun),
      do: each(rest, fun.(%{row: row, col: col, feature: feature, value: value}, acc), fun)

    defp each("", {:cont, acc}, _fun), do: {:done, acc}
  end
end
