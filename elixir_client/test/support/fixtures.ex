defmodule Beamcade.Fixtures do
  @moduledoc false
  # A recorded game of the reference engine: Metta-AI/metta at commit c964a4ef, trace 12_truncation. Two agents in a
  # corridor of four cells walk towards each other, stand still and walk back; the episode is cut off at step 7.

  @tokens 60

  def config do
    %{
      num_agents: 2,
      max_steps: 7,
      episode_truncates: true,
      obs_width: 3,
      obs_height: 3,
      resource_names: [],
      num_observation_tokens: @tokens,
      global_obs: %{episode_completion_pct: true, last_action: true, last_reward: true, visitation_counts: false},
      actions: [
        %{name: "noop", type: "ACTION_NOOP", noop: %{}},
        %{name: "move", type: "ACTION_MOVE", move: %{}}
      ],
      objects: [
        %{
          name: "agent",
          agent: %{
            type_id: 0,
            type_name: "agent",
            group_id: 0,
            group_name: "red",
            stat_rewards: %{"action.move.success" => 0.25},
            stat_reward_max: %{"action.move.success" => 0.75}
          }
        },
        %{name: "wall", wall: %{type_id: 1, type_name: "wall"}}
      ]
    }
  end

  @doc "The map as MapDefinition."
  def map do
    cells =
      for {row, r} <- Enum.with_index(["######", "#@..@#", "######"]),
          {char, c} <- row |> String.graphemes() |> Enum.with_index(),
          char != "." do
        %{row: r, col: c, object_type: if(char == "#", do: "wall", else: "agent")}
      end

    %{height: 3, width: 6, cells: cells}
  end

  @doc "Options of Beamcade.Game for the recorded game."
  def game(node, more \\ []) do
    Keyword.merge([node: node, id: unique_id(), config: config(), map: map(), seed: 12, backoff_min: 10], more)
  end

  def unique_id, do: "game-#{System.unique_integer([:positive])}"

  @doc "The actions of the ten steps."
  def actions, do: List.duplicate([4, 3], 3) ++ List.duplicate([0, 0], 2) ++ List.duplicate([3, 4], 5)

  @doc "What both agents saw first."
  def initial do
    observations([
      "110700110800110900110a00110000110100110200110300010001100001210001000001020001200001220001",
      "110700110800110900110a00110000110100110200110300010001120001210001000001020001200001220001"
    ])
  end

  @doc "What both agents saw after the first step."
  def first do
    observations([
      "110724110804110903110a00110000110100110200110303010001120000120100120200120302210001000001020001200001220001",
      "110724110803110902110a00110000110100110200110302010001100000100100100200100303210001000001020001200001220001"
    ])
  end

  @doc "What both agents saw after the tenth step."
  def last do
    observations([
      "11076c110803110902110a00110000110100110200110302010001100001210001000001020001200001220001",
      "11076c110804110903110a00110000110100110200110303010001120001210001000001020001200001220001"
    ])
  end

  defp observations(agents) do
    for hex <- agents, into: "" do
      tokens = Base.decode16!(hex, case: :lower)
      tokens <> String.duplicate(<<255>>, @tokens * 3 - byte_size(tokens))
    end
  end
end
