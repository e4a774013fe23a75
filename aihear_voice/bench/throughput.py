"""aihear bench throughput: seconds of sound written down in one second of computing, in windows of 30 s.

A full window of talk: 80 tokens, about 2.7 words a second. The same engines and the same honesty as `latency`.
"""

from __future__ import annotations

import argparse
import json

from ..errors import EXIT_DONE
from . import latency

WINDOW_S = 30.0
TOKENS = 80


def configure(parser: argparse.ArgumentParser) -> None:
    latency.add_options(parser, seconds=WINDOW_S, tokens=TOKENS, rounds=3)


def run(arguments: argparse.Namespace) -> int:
    result = latency.measure(arguments, "throughput")
    del result["ratios_10s"]
    result["speed"] = {
        name: {size: round(arguments.seconds / seconds, 1) for size, seconds in sizes.items()}
        for name, sizes in result["seconds"].items()
    }
    latency.show(result)
    if arguments.json:
        print(json.dumps(result))
    return EXIT_DONE
