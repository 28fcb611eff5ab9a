defmodule Json do
  @moduledoc "Reads JSON; objects are maps with strings for keys. From OTP 27 on, `:json.decode/1` does the same."

  @token ~r/"(?:[^"\\]|\\.)*"|[\[\]{}:,]|[^\s\[\]{}:,"]+/

  @doc "The value of a text, or `:error`."
  def decode(text) do
    {value, []} = @token |> Regex.scan(text) |> List.flatten() |> value()
    {:ok, value}
  rescue
    _ -> :error
  end

  defp value(["{", "}" | rest]), do: {%{}, rest}
  defp value(["{" | rest]), do: members(rest, %{})
  defp value(["[", "]" | rest]), do: {[], rest}
  defp value(["[" | rest]), do: items(rest, [])
  defp value(["true" | rest]), do: {true, rest}
  defp value(["false" | rest]), do: {false, rest}
  defp value(["null" | rest]), do: {nil, rest}
  defp value(["\"" <> _ = text | rest]), do: {string(text), rest}

  defp value([number | rest]) do
    case Integer.parse(number) do
      {integer, ""} -> {integer, rest}
      _ -> with {float, ""} <- Float.parse(number), do: {float, rest}
    end
  end

  defp members([key, ":" | rest], map) do
    {value, rest} = value(rest)
    map = Map.put(map, string(key), value)

    case rest do
      ["," | rest] -> members(rest, map)
      ["}" | rest] -> {map, rest}
    end
  end

  defp items(rest, items) do
    {item, rest} = value(rest)

    case rest do
      ["," | rest] -> items(rest, [item | items])
      ["]" | rest] -> {Enum.reverse([item | items]), rest}
    end
  end

  defp string("\"" <> text), do: text |> String.slice(0..-2) |> Macro.unescape_string()
end
