defmodule Beamcade.OsProcess do
  @moduledoc false
  # Operating system processes as tests see them.

  @doc "Ends a process without giving it a chance to do anything."
  def kill(os_pid), do: signal("-KILL", os_pid)

  def alive?(os_pid), do: signal("-0", os_pid) == 0

  @doc """
  Waits until a process that is not our child is gone. Nobody tells us, so it is asked for again and again.
  """
  def await_gone(os_pid, attempts \\ 200)
  def await_gone(os_pid, 0), do: raise("process #{os_pid} still runs")

  def await_gone(os_pid, attempts) do
    if alive?(os_pid) do
      receive do
      after
        25 -> await_gone(os_pid, attempts - 1)
      end
    end
  end

  defp signal(signal, os_pid) do
    {_, status} = System.cmd("kill", [signal, Integer.to_string(os_pid)], stderr_to_stdout: true)
    status
  end
end
