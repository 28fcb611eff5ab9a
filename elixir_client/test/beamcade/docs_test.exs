defmodule Beamcade.DocsTest do
  use ExUnit.Case, async: true

  @modules [
    Beamcade,
    Beamcade.Case,
    Beamcade.Client,
    Beamcade.Distribution,
    Beamcade.Error,
    Beamcade.Game,
    Beamcade.MettaGrid.Observation,
    Beamcade.Node,
    Beamcade.Step,
    Beamcade.Steps,
    Beamcade.Telemetry
  ]

  # What OTP calls, and what defines a struct, is not for users.
  @not_for_users [
    {:init, 1},
    {:handle_call, 3},
    {:handle_cast, 2},
    {:handle_info, 2},
    {:handle_continue, 2},
    {:terminate, 2},
    {:code_change, 3},
    {:format_status, 1},
    {:__struct__, 0},
    {:__struct__, 1}
  ]

  test "each public module is in the list above" do
    {:ok, modules} = :application.get_key(:beamcade, :modules)

    documented =
      for module <- modules,
          {:docs_v1, _, _, _, doc, _, _} = Code.fetch_docs(module),
          doc != :hidden,
          String.starts_with?(inspect(module), "Beamcade") do
        module
      end

    assert Enum.sort(documented -- [Beamcade.Fixtures]) == @modules
  end

  for module <- @modules do
    describe inspect(module) do
      test "has a module document" do
        assert {:docs_v1, _, :elixir, _, %{"en" => text}, _, _} = Code.fetch_docs(unquote(module))
        assert String.length(text) > 60
      end

      test "has a document for each public function and macro" do
        {:docs_v1, _, _, _, _, _, docs} = Code.fetch_docs(unquote(module))

        missing =
          for {{kind, name, arity}, _, _, doc, _} <- docs,
              kind in [:function, :macro],
              doc == :none,
              {name, arity} not in @not_for_users,
              do: {name, arity}

        assert missing == []
      end

      test "has an example that is run in each of them" do
        {:docs_v1, _, _, _, _, _, docs} = Code.fetch_docs(unquote(module))

        without =
          for {{:function, name, arity}, _, _, %{"en" => doc}, _} <- docs, not (doc =~ "iex>"), do: {name, arity}

        assert without == []
      end

      test "has a specification for each public function" do
        {:ok, specs} = Code.Typespec.fetch_specs(unquote(module))
        specified = for {name_arity, _} <- specs, do: name_arity
        functions = unquote(module).__info__(:functions) -- @not_for_users
        # A default argument makes a function of less arity, which shares the specification of the full one.
        full = for {name, arity} <- functions, arity == max_arity(functions, name), do: {name, arity}
        assert full -- specified == []
      end

      test "has a document for each public type" do
        {:docs_v1, _, _, _, _, _, docs} = Code.fetch_docs(unquote(module))
        assert for({{:type, name, _}, _, _, :none, _} <- docs, do: name) == []
      end
    end
  end

  defp max_arity(functions, name), do: Enum.max(for {^name, arity} <- functions, do: arity)

  test "the documents of errors and events name them all" do
    {:docs_v1, _, _, _, %{"en" => text}, _, _} = Code.fetch_docs(Beamcade.Telemetry)
    for event <- Beamcade.Telemetry.events(), do: assert(text =~ "| `#{inspect(event)}` |")
  end

  test "the README shows the game that the documents play" do
    {:docs_v1, _, _, _, %{"en" => text}, _, _} = Code.fetch_docs(Beamcade.Game)
    [_, shown] = Regex.run(~r/```elixir\n(iex>.*?)```/s, File.read!(Path.expand("../../README.md", __DIR__)))
    [played] = Regex.run(~r/    iex> .*?(?=\n\nWhat happens)/s, text)
    unindented = played |> String.split("\n") |> Enum.map_join("\n", &String.replace_prefix(&1, "    ", ""))
    assert String.trim(shown) == String.trim(unindented)
  end
end
