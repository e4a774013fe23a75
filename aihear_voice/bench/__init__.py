"""Measurements of the real program on this computer. One module a benchmark, with `configure` and `run`."""
