defmodule Beamcade.Node.Command do
  @moduledoc false
  # Finds the beamcade command and builds the command line that runs it.

  alias Beamcade.{Distribution, Error}

  # As a path dependency this library lies beside the built program.
  @beside Path.expand("../../../../dist/cli.js", __DIR__)

  @type t :: %{executable: Path.t(), args: [String.t()], env: [{charlist(), charlist() | false}]}

  @spec build(keyword()) :: {:ok, t()} | {:error, Error.t()}
  def build(options) do
    with {:ok, cli} <- find_cli(options[:cli]),
         {:ok, executable} <- find_executable(options[:executable]) do
      {:ok, %{executable: executable, args: [cli | arguments(options)], env: environment(options)}}
    end
  end

  defp arguments(options) do
    node = options[:node]
    kind = if Distribution.short_name?(node), do: "--sname", else: "--name"

    ["start", "--json", "--stop-with-stdin", kind, Atom.to_string(node)] ++
      ["--epmd-port", Integer.to_string(options[:epmd_port] || Distribution.epmd_port())] ++
      ["--dist-port", Integer.to_string(options[:dist_port])] ++
      Enum.flat_map(options[:register], &["--register", to_string(&1)]) ++
      options[:args]
  end

  # The cookie goes by the environment: other users of the machine can read command lines.
  defp environment(options) do
    inherited_path = {~c"BEAMCADE_CLI", false}
    given = for {name, value} <- options[:env], do: {to_charlist(name), value && to_charlist(value)}
    [inherited_path, {~c"BEAMCADE_COOKIE", Atom.to_charlist(options[:cookie])} | given]
  end

  defp find_cli(nil) do
    places = [
      System.get_env("BEAMCADE_CLI"),
      @beside,
      Path.expand("node_modules/beamcade/dist/cli.js"),
      System.find_executable("beamcade")
    ]

    case Enum.find(places, &(&1 != nil and File.regular?(&1))) do
      nil -> not_found("No beamcade command was found: not in BEAMCADE_CLI, #{@beside}, node_modules and PATH.")
      place -> {:ok, place}
    end
  end

  defp find_cli(given) do
    path = Path.expand(given)
    if File.regular?(path), do: {:ok, path}, else: not_found("There is no file #{path}.")
  end

  defp find_executable(given) do
    case System.find_executable(given) do
      nil -> not_found("There is no program #{given} to run beamcade with.", hint: "Install Node.js 20.19 or later.")
      path -> {:ok, path}
    end
  end

  defp not_found(message, options \\ []), do: {:error, Error.new(:cli_not_found, message, options)}
end
