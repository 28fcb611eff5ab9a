defmodule Beamcade.Backoff do
  @moduledoc false
  # How long to wait before the next attempt: doubling from min to max milliseconds, of which a random half is left off,
  # so that many clients that lost the same node do not come back at the same moment.

  @enforce_keys [:min, :max]
  defstruct [:min, :max, attempt: 0]

  @type t :: %__MODULE__{min: pos_integer(), max: pos_integer(), attempt: non_neg_integer()}

  @spec new(pos_integer(), pos_integer()) :: t()
  def new(min, max) when is_integer(min) and is_integer(max) and min > 0 and max >= min,
    do: %__MODULE__{min: min, max: max}

  def new(min, max) do
    raise ArgumentError,
          "expected 0 < :backoff_min <= :backoff_max in milliseconds, got: #{inspect(min)} and #{inspect(max)}"
  end

  @spec next(t()) :: {pos_integer(), t()}
  def next(%__MODULE__{min: min, max: max, attempt: attempt} = backoff) do
    # Past 2^20 the cap has long been reached; the exponent must not grow for ever.
    ceiling = Kernel.min(max, min * Integer.pow(2, Kernel.min(attempt, 20)))
    half = div(ceiling, 2)
    {ceiling - half + :rand.uniform(half + 1) - 1, %{backoff | attempt: attempt + 1}}
  end

  @spec reset(t()) :: t()
  def reset(%__MODULE__{} = backoff), do: %{backoff | attempt: 0}
end
