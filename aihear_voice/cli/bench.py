"""aihear bench: how fast, how accurate, how frugal the program is on this computer."""

from __future__ import annotations

import argparse
import importlib
from typing import Any

# A benchmark is a module of aihear_voice/bench, light at import: `configure(parser)` and `run(arguments)`, which
# returns an exit code. Each gets --json, and `arguments.set` as all commands do.
BENCHMARKS = {
    "latency": "how long one utterance takes, beside other engines; and where the time of a turn goes",
    "throughput": "seconds of sound written down in a second, beside other engines",
    "accuracy": "word errors on your recordings, with short windows and with the full one",
    "understanding": "how many sentences come to what was meant, beside hassil alone",
    "pronunciation": "how well its scores agree with human experts, on recordings that these have scored",
    "idle": "what listening costs: processor, memory, start-up, and whether the wake word is still heard",
}


def configure(parser: argparse.ArgumentParser) -> None:
    benchmarks = parser.add_subparsers(dest="benchmark", required=True, metavar="BENCHMARK")
    for name, summary in BENCHMARKS.items():
        benchmark = benchmarks.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
        benchmark.add_argument("--json", action="store_true", help="the last line is the result as one JSON object")
        _module(name).configure(benchmark)


def run(arguments: argparse.Namespace) -> int:
    """Returns the exit code that the benchmark returns."""
    return int(_module(arguments.benchmark).run(arguments))


def _module(name: str) -> Any:
    return importlib.import_module(f"..bench.{name}", __package__)
