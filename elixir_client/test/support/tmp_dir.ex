defmodule Beamcade.TmpDir do
  @moduledoc false
  # A folder outside the repository for one test, removed after it.

  def tmp_dir(_context) do
    path = Path.join(System.tmp_dir!(), "beamcade-#{System.pid()}-#{System.unique_integer([:positive])}")
    File.mkdir_p!(path)
    ExUnit.Callbacks.on_exit(fn -> File.rm_rf!(path) end)
    %{tmp_dir: path}
  end
end
