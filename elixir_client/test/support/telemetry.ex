defmodule :telemetry do
  @moduledoc false
  # Stands in for the telemetry package, of which the library only calls execute/3: each handler gets each event.

  def execute(event, measurements, metadata) do
    for pid <- :pg.get_members(__MODULE__, :listeners), do: send(pid, {:telemetry, event, measurements, metadata})
    :ok
  end

  @doc "The calling process gets all events from now on, until it ends."
  def listen do
    with {:error, {:already_started, _}} <- :pg.start(__MODULE__), do: :ok
    :pg.join(__MODULE__, :listeners, self())
  end
end
