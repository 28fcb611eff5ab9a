defmodule Beamcade.JSONTest do
  use ExUnit.Case, async: true

  alias Beamcade.JSON

  test "reads every kind of value" do
    text = ~S( {"a": [1, -2.5, 1e3, 1.5E-2, 0], "b": {"c": null, "d": true, "e": false}, "f": [], "g": {}, "": "x"} )

    assert JSON.decode(text) ==
             {:ok,
              %{
                "a" => [1, -2.5, 1000.0, 0.015, 0],
                "b" => %{"c" => nil, "d" => true, "e" => false},
                "f" => [],
                "g" => %{},
                "" => "x"
              }}
  end

  test "reads escapes and other alphabets" do
    assert JSON.decode(~S("a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00 é")) == {:ok, "a\"\\/\b\f\n\r\té😀 é"}
  end

  test "refuses what is not JSON" do
    for text <- [
          "",
          "nul",
          "[1,]",
          "[1 2]",
          "{a: 1}",
          ~S({"a" 1}),
          ~S({"a": 1,}),
          ~S("abc),
          ~S("\x"),
          ~S("\ud800"),
          ~S("\u12"),
          "\"\n\"",
          "1 2",
          "01",
          "-",
          <<?", 255, ?">>
        ] do
      assert JSON.decode(text) == :error, text
    end
  end
end
