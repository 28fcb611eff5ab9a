defmodule Beamcade.DoctestTest do
  use ExUnit.Case, async: true

  doctest Beamcade
  doctest Beamcade.Case
  doctest Beamcade.Client
  doctest Beamcade.Distribution
  doctest Beamcade.Error
  doctest Beamcade.Game
  doctest Beamcade.MettaGrid.Observation
  doctest Beamcade.Node
  doctest Beamcade.Step
  doctest Beamcade.Steps
  doctest Beamcade.Telemetry
end
