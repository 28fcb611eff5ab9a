defmodule Beamcade.Telemetry do
  @moduledoc """
  The events that this library tells about itself, for the `telemetry` package. It is not a dependency: where it is not
  part of your project, nothing happens.

  Durations are in native time units, as `System.convert_time_unit/3` takes them.

  | event | measurements | metadata |
  |---|---|---|
  | `[:beamcade, :call, :start]` | `system_time` | `node`, `server`, `module`, `function` |
  | `[:beamcade, :call, :stop]` | `duration` | the same and `result`: `:ok`, or the code of the error |
  | `[:beamcade, :client, :up]` | `count` | `node`, `client` (pid) |
  | `[:beamcade, :client, :down]` | `count` | `node`, `client` |
  | `[:beamcade, :client, :retry]` | `delay` (ms), `attempt` | `node`, `client` |
  | `[:beamcade, :game, :up]` | `count` | `node`, `game` (id), `owner` (pid), `pid` (of the remote game) |
  | `[:beamcade, :game, :down]` | `count` | `node`, `game`, `owner` |
  | `[:beamcade, :game, :retry]` | `delay` (ms), `attempt` | `node`, `game`, `owner` |
  | `[:beamcade, :node, :up]` | `duration` of the start | `node`, `os_pid` |
  | `[:beamcade, :node, :down]` | `status` (exit status) | `node`, `os_pid` |
  """

  @compile {:no_warn_undefined, :telemetry}

  @events [
    [:beamcade, :call, :start],
    [:beamcade, :call, :stop],
    [:beamcade, :client, :up],
    [:beamcade, :client, :down],
    [:beamcade, :client, :retry],
    [:beamcade, :game, :up],
    [:beamcade, :game, :down],
    [:beamcade, :game, :retry],
    [:beamcade, :node, :up],
    [:beamcade, :node, :down]
  ]

  @doc """
  All events, as `:telemetry.attach_many/4` takes them.

      iex> [:beamcade, :call, :stop] in Beamcade.Telemetry.events()
      true
  """
  @spec events() :: [[atom(), ...]]
  def events, do: @events

  # A handler can only be attached where the module is loaded, so one that is not loaded has nobody to tell.
  @doc false
  @spec execute([atom(), ...], map(), map()) :: :ok
  def execute(event, measurements, metadata) do
    if function_exported?(:telemetry, :execute, 3), do: :telemetry.execute(event, measurements, metadata)
    :ok
  end
end
