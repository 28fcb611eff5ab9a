defmodule Beamcade.JSON do
  @moduledoc false
  # Reads one JSON text, because Elixir 1.14 to 1.17 bring no reader. Objects become maps with strings as keys.

  @spec decode(binary()) :: {:ok, term()} | :error
  def decode(text) when is_binary(text) do
    case value(skip(text)) do
      {value, rest} -> if skip(rest) == "", do: {:ok, value}, else: :error
    end
  catch
    :bad_json -> :error
  end

  defp value("null" <> rest), do: {nil, rest}
  defp value("true" <> rest), do: {true, rest}
  defp value("false" <> rest), do: {false, rest}
  defp value("\"" <> rest), do: string(rest, [])
  defp value("[" <> rest), do: list(skip(rest), [])
  defp value("{" <> rest), do: object(skip(rest), [])
  defp value(rest), do: number(rest)

  defp list("]" <> rest, []), do: {[], rest}

  defp list(rest, items) do
    {item, rest} = value(rest)

    case skip(rest) do
      "," <> rest -> list(skip(rest), [item | items])
      "]" <> rest -> {Enum.reverse([item | items]), rest}
      _ -> throw(:bad_json)
    end
  end

  defp object("}" <> rest, []), do: {%{}, rest}

  defp object("\"" <> rest, pairs) do
    {key, rest} = string(rest, [])

    with ":" <> rest <- skip(rest) do
      {item, rest} = value(skip(rest))

      case skip(rest) do
        "," <> rest -> object(skip(rest), [{key, item} | pairs])
        "}" <> rest -> {Map.new(Enum.reverse([{key, item} | pairs])), rest}
        _ -> throw(:bad_json)
      end
    else
      _ -> throw(:bad_json)
    end
  end

  defp object(_, _), do: throw(:bad_json)

  defp string("\"" <> rest, parts), do: {IO.iodata_to_binary(Enum.reverse(parts)), rest}
  defp string("\\" <> rest, parts), do: escape(rest, parts)
  defp string(<<char::utf8, rest::binary>>, parts) when char >= 0x20, do: string(rest, [<<char::utf8>> | parts])
  defp string(_, _), do: throw(:bad_json)

  for {letter, char} <- [{?", ?"}, {?\\, ?\\}, {?/, ?/}, {?b, ?\b}, {?f, ?\f}, {?n, ?\n}, {?r, ?\r}, {?t, ?\t}] do
    defp escape(<<unquote(letter), rest::binary>>, parts), do: string(rest, [unquote(char) | parts])
  end

  defp escape(<<"u", hex::binary-size(4), rest::binary>>, parts) do
    with {high, ""} when high in 0xD800..0xDBFF <- Integer.parse(hex, 16),
         <<"\\u", hex::binary-size(4), rest::binary>> <- rest,
         {low, ""} when low in 0xDC00..0xDFFF <- Integer.parse(hex, 16) do
      string(rest, [<<0x10000 + (high - 0xD800) * 0x400 + low - 0xDC00::utf8>> | parts])
    else
      {code, ""} when code not in 0xD800..0xDFFF and code >= 0 -> string(rest, [<<code::utf8>> | parts])
      _ -> throw(:bad_json)
    end
  end

  defp escape(_, _), do: throw(:bad_json)

  defp number(text) do
    case Regex.run(~r/\A-?(?:0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?/, text) do
      [digits] -> {String.to_integer(digits), rest(text, digits)}
      # Erlang reads no float without a fraction.
      [digits, "", _] -> {digits |> String.replace(~r/[eE]/, ".0e") |> String.to_float(), rest(text, digits)}
      [digits | _] -> {String.to_float(digits), rest(text, digits)}
      nil -> throw(:bad_json)
    end
  end

  defp rest(text, start), do: binary_part(text, byte_size(start), byte_size(text) - byte_size(start))

  defp skip(<<space, rest::binary>>) when space in [?\s, ?\t, ?\n, ?\r], do: skip(rest)
  defp skip(rest), do: rest
end
