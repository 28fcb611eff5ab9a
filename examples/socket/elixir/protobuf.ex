defmodule Protobuf do
  @moduledoc """
  As much of Protobuf (proto3) as a client needs, driven by the .proto file itself: `read/1` makes a table of it, `encode/3`
  writes any message, `decode/3` reads those without lists and maps, which responses are.

  A message is a map with the names of the .proto file, as strings: `%{"game_id" => "g", "flat_actions" => [0, 3]}`.
  """

  @varints ~w(int32 uint32 uint64 bool)

  # ---- the .proto file

  @doc """
  `%{messages: %{"Message" => [field]}, enums: %{"Enum" => %{"VALUE" => number}}}`. Types go by their last name, and a oneof
  is just its fields.
  """
  def read(text) do
    text = Regex.replace(~r{//.*}, text, "")
    tokens = Regex.scan(~r/[\w.]+|"[^"]*"|[^\s\w]/, text) |> List.flatten()
    statements(tokens, nil, %{messages: %{}, enums: %{}})
  end

  defp statements([], _message, table), do: table

  defp statements([word | rest], message, table) when word in ~w(syntax package option) do
    statements(rest |> Enum.drop_while(&(&1 != ";")) |> tl(), message, table)
  end

  defp statements(["message", name, "{" | rest], message, table) do
    {body, rest} = block(rest)
    statements(rest, message, statements(body, name, put_in(table.messages[name], [])))
  end

  defp statements(["oneof", _name, "{" | rest], message, table) do
    {body, rest} = block(rest)
    statements(rest, message, statements(body, message, table))
  end

  defp statements(["enum", name, "{" | rest], message, table) do
    {body, rest} = block(rest)
    values = for [value, "=", number, ";"] <- Enum.chunk_every(body, 4), do: {value, String.to_integer(number)}
    statements(rest, message, put_in(table.enums[name], Map.new(values)))
  end

  defp statements(["repeated", type, name, "=", number, ";" | rest], message, table),
    do: field(rest, message, table, name, number, {:list, type})

  defp statements(["map", "<", key, ",", type, ">", name, "=", number, ";" | rest], message, table),
    do: field(rest, message, table, name, number, {:map, key, type})

  defp statements([type, name, "=", number, ";" | rest], message, table),
    do: field(rest, message, table, name, number, {:one, type})

  defp field(rest, message, table, name, number, shape) do
    field = %{name: name, number: String.to_integer(number), shape: shape}
    statements(rest, message, update_in(table.messages[message], &[field | &1]))
  end

  # What stands before the brace that closes, and what stands behind it.
  defp block(tokens, body \\ [], depth \\ 0)
  defp block(["}" | rest], body, 0), do: {Enum.reverse(body), rest}
  defp block(["}" | rest], body, depth), do: block(rest, ["}" | body], depth - 1)
  defp block(["{" | rest], body, depth), do: block(rest, ["{" | body], depth + 1)
  defp block([token | rest], body, depth), do: block(rest, [token | body], depth)

  # ---- writing

  @doc "A message as iodata. A key that the message does not have raises."
  def encode(table, type, message) do
    fields = Map.new(table.messages[type], &{&1.name, &1})

    for {key, value} <- message do
      field = fields[key] || raise ArgumentError, "#{type} has no field #{key}"
      encode_field(table, field.number, field.shape, value)
    end
  end

  defp encode_field(table, number, {:one, type}, value), do: one(table, number, type, value)

  defp encode_field(table, number, {:list, type}, values) do
    # Numbers stand in one piece.
    if type in @varints,
      do: bytes(number, Enum.map(values, &varint/1)),
      else: Enum.map(values, &one(table, number, type, &1))
  end

  defp encode_field(table, number, {:map, key_type, type}, entries) do
    for {key, value} <- entries do
      # JSON has only strings for keys.
      key = if key_type in @varints and is_binary(key), do: String.to_integer(key), else: key
      bytes(number, [one(table, 1, key_type, key), one(table, 2, type, value)])
    end
  end

  defp one(_, number, type, true) when type in @varints, do: [tag(number, 0), 1]
  defp one(_, number, type, false) when type in @varints, do: [tag(number, 0), 0]
  defp one(_, number, type, value) when type in @varints, do: [tag(number, 0), varint(value)]
  defp one(_, number, "float", value), do: [tag(number, 5), <<value::float-little-32>>]
  defp one(_, number, type, value) when type in ["string", "bytes"], do: bytes(number, value)

  defp one(table, number, type, value) do
    case table.enums do
      %{^type => values} -> [tag(number, 0), varint(Map.fetch!(values, value))]
      _ -> bytes(number, encode(table, type, value))
    end
  end

  defp tag(number, kind), do: varint(number * 8 + kind)
  defp bytes(number, data), do: [tag(number, 2), varint(IO.iodata_length(data)), data]

  # What is negative goes on up to the 64th bit.
  defp varint(number) when number < 0, do: varint(number + 0x1_0000_0000_0000_0000)
  defp varint(number) when number < 128, do: <<number>>
  defp varint(number), do: [<<1::1, rem(number, 128)::7>>, varint(div(number, 128))]

  # ---- reading

  @doc "A message. What is absent is not in the map; fields that nobody knows are skipped."
  def decode(table, type, binary),
    do: decode_fields(binary, table, Map.new(table.messages[type], &{&1.number, &1}), %{})

  defp decode_fields("", _table, _fields, message), do: message

  defp decode_fields(binary, table, fields, message) do
    {tag, rest} = take_varint(binary)
    {value, rest} = take(rem(tag, 8), rest)

    message =
      case fields[div(tag, 8)] do
        nil -> message
        %{name: name, shape: {:one, type}} -> Map.put(message, name, value_of(table, type, value))
      end

    decode_fields(rest, table, fields, message)
  end

  defp take(0, binary), do: take_varint(binary)
  defp take(1, <<eight::binary-8, rest::binary>>), do: {eight, rest}
  defp take(5, <<four::binary-4, rest::binary>>), do: {four, rest}

  defp take(2, binary) do
    {length, rest} = take_varint(binary)
    <<value::binary-size(length), rest::binary>> = rest
    {value, rest}
  end

  defp take_varint(binary, shift \\ 0)
  defp take_varint(<<0::1, bits::7, rest::binary>>, shift), do: {Bitwise.bsl(bits, shift), rest}

  defp take_varint(<<1::1, bits::7, rest::binary>>, shift) do
    {more, rest} = take_varint(rest, shift + 7)
    {Bitwise.bsl(bits, shift) + more, rest}
  end

  defp value_of(_, "bool", number), do: number != 0
  defp value_of(_, "float", <<float::float-little-32>>), do: float

  defp value_of(%{messages: messages} = table, type, value) when is_map_key(messages, type),
    do: decode(table, type, value)

  defp value_of(_, _, value), do: value
end
