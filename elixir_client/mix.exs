defmodule Beamcade.MixProject do
  use Mix.Project

  @version "0.1.0"

  def project do
    [
      app: :beamcade,
      version: @version,
      elixir: "~> 1.14",
      description: "Drives the games of a Beamcade node from Elixir.",
      elixirc_paths: elixirc_paths(Mix.env()),
      # Beamcade.Case is only ever compiled into test suites, which bring ExUnit themselves.
      elixirc_options: [no_warn_undefined: [ExUnit.Callbacks]],
      start_permanent: Mix.env() == :prod,
      test_coverage: [summary: [threshold: 85]],
      deps: [],
      package: [licenses: ["MIT"], files: ["lib", "mix.exs", ".formatter.exs", "README.md"]],
      docs: [main: "readme", extras: ["README.md"]]
    ]
  end

  def application, do: [extra_applications: [:logger, :crypto]]

  defp elixirc_paths(:test), do: ["lib", "test/support"]
  defp elixirc_paths(_), do: ["lib"]
end
