defmodule Beamcade.Error do
  @moduledoc """
  What went wrong: a stable `code` to match, a `message` and a `hint` for people, and `details` for programs, a map with
  atoms as keys.

  Every function of this library that can fail answers `{:error, %Beamcade.Error{}}`; its variant with a bang raises the
  same struct. Codes that the server made (`:bad_argument`, `:unknown_operation`, …) pass through unchanged. These are
  made here:

  | code | meaning |
  |---|---|
  | `:nodedown` | the node is not connected; `Beamcade.Client` and `Beamcade.Game` are trying to reach it again |
  | `:not_distributed` | this BEAM has no node name yet, so it can reach no other node |
  | `:timeout` | no answer came in time; the operation may still take effect |
  | `:noproc` | the node is there, but no process has the name that was called (or the local process is gone) |
  | `:server_died` | the process that was called ended while it worked on the call |
  | `:bad_reply` | the answer has a form that this library does not know |
  | `:cli_not_found` | `Beamcade.Node` found no `beamcade` command to run |
  | `:start_failed` | the operating system process of a `Beamcade.Node` did not come up |
  """

  @hints %{
    nodedown:
      "Check that the node runs, that its name and cookie are right, and that both sides use the same kind of name.",
    not_distributed:
      "Start it with --name me@127.0.0.1 --cookie COOKIE, or call Beamcade.Distribution.ensure_started/1.",
    timeout: "Ask again, or allow more time with the option :timeout.",
    noproc: "Check the name, or try again: a supervisor may be restarting it.",
    server_died: "Try again, and read the log of the node.",
    bad_reply: "Use a version of this library that fits the version of the node.",
    cli_not_found:
      "Run `npm install` in the clone beside this library, or install the npm package in your project; " <>
        "or pass :cli or BEAMCADE_CLI the path of dist/cli.js.",
    start_failed: "Run the command by hand to see what it says, or ask `beamcade doctor`."
  }

  @enforce_keys [:code, :message]
  defexception [:code, :message, hint: nil, details: %{}]

  @typedoc "An error of the server or of this library."
  @type t :: %__MODULE__{code: atom(), message: String.t(), hint: String.t() | nil, details: map()}

  @doc """
  Makes an error of this library. The hint is the code's own unless `:hint` is given.

      iex> Beamcade.Error.new(:timeout, "No answer within 5 ms.").hint
      "Ask again, or allow more time with the option :timeout."
  """
  @spec new(atom(), String.t(), keyword()) :: t()
  def new(code, message, options \\ []) do
    options = Keyword.validate!(options, hint: @hints[code], details: %{})
    %__MODULE__{code: code, message: message, hint: options[:hint], details: options[:details]}
  end

  @doc """
  Turns the map inside the server's `{:error, map}` into the exception.

      iex> Beamcade.Error.from_reply(%{code: :bad_argument, message: "seed: expected an integer", hint: nil, details: %{}})
      %Beamcade.Error{code: :bad_argument, message: "seed: expected an integer", hint: nil, details: %{}}
  """
  @spec from_reply(%{required(:code) => atom(), required(:message) => String.t(), optional(atom()) => term()}) :: t()
  def from_reply(%{code: code, message: message} = reply) do
    %__MODULE__{code: code, message: message, hint: Map.get(reply, :hint), details: Map.get(reply, :details) || %{}}
  end

  @doc """
  The message, followed by the hint where there is one.

      iex> Exception.message(%Beamcade.Error{code: :timeout, message: "No answer within 5 ms.", hint: "Wait longer."})
      "No answer within 5 ms. Wait longer."
  """
  @impl true
  @spec message(t()) :: String.t()
  def message(%__MODULE__{message: message, hint: nil}), do: message
  def message(%__MODULE__{message: message, hint: hint}), do: message <> " " <> hint

  @doc """
  Makes the exception from the fields given to `raise/2`.

      iex> Beamcade.Error.exception(code: :timeout, message: "No answer within 5 ms.").code
      :timeout
  """
  @impl true
  @spec exception(keyword()) :: t()
  def exception(fields) do
    {code, fields} = Keyword.pop!(fields, :code)
    {message, fields} = Keyword.pop!(fields, :message)
    new(code, message, fields)
  end
end
