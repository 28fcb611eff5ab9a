defmodule Beamcade.ErrorTest do
  use ExUnit.Case, async: true

  alias Beamcade.{Error, Remote}

  test "each code that is made here has a hint and stands in the documentation" do
    {:docs_v1, _, _, _, %{"en" => text}, _, _} = Code.fetch_docs(Error)

    for code <- ~w(nodedown not_distributed timeout noproc server_died bad_reply cli_not_found start_failed)a do
      assert %Error{hint: "" <> _} = Error.new(code, "It happened.")
      assert text =~ "`#{inspect(code)}`"
    end
  end

  test "an error of the server keeps its code, message, hint and details" do
    reply =
      {:error, %{code: :bad_argument, message: "seed: expected an integer.", hint: "Pass one.", details: %{seed: nil}}}

    assert {:error, error} = Remote.answer(reply)
    assert %Error{code: :bad_argument, details: %{seed: nil}} = error
    assert Exception.message(error) == "seed: expected an integer. Pass one."
  end

  test "bare answers are values, and so is an error of another shape" do
    assert Remote.answer(:pong) == {:ok, :pong}
    assert Remote.answer({:ok, 1}) == {:ok, 1}
    assert Remote.answer({:error, :enoent}) == {:ok, {:error, :enoent}}
  end

  test "every way in which a call can end has an error" do
    target = {:godot_server, :"a@127.0.0.1"}

    assert %Error{code: :timeout, message: ":godot_server on a@127.0.0.1 did not answer within 5 ms."} =
             Remote.failure(:timeout, target, 5)

    assert %Error{code: :noproc} = Remote.failure(:noproc, target, 5)

    assert %Error{code: :server_died, message: message, details: %{reason: :killed}} =
             Remote.failure(:killed, target, 5)

    assert message == ":godot_server on a@127.0.0.1 ended during the call: killed."
    assert Remote.failure({:nodedown, :"a@127.0.0.1"}, target, 5).code in [:nodedown, :not_distributed]
    assert Remote.failure(:noconnection, target, 5).code in [:nodedown, :not_distributed]
  end

  test "is raised with its fields" do
    assert_raise Error, "Gone.", fn -> raise Error, code: :mine, message: "Gone." end
    assert_raise KeyError, fn -> raise Error, message: "No code." end
  end
end
