"""aihear bench latency: how long one utterance takes, beside the other engines, in one run.

Honest: every engine goes from the same samples to text, greedily, without fallback, the same number of tokens on the
same number of threads; their runs take turns, so that a busy moment hits all of them, with a rest between.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import EXIT_DONE, SettingsError
from .models import DIMENSIONS, checkpoint

if TYPE_CHECKING:
    from ..types import Samples
    from .engines import Timing

Rounds = Mapping[str, Sequence["Timing"]]  # by contender
SETTLE_S = 0.3  # OpenMP's threads spin for 0.2 s after their work, on the cores that the next engine needs
OTHERS = ("openai_whisper", "faster_whisper", "whisper_cpp")


def configure(parser: argparse.ArgumentParser) -> None:
    add_options(parser, seconds=4.0, tokens=20, rounds=15)
    parser.add_argument(
        "--turns", type=int, default=12, help="commands spoken to the whole program; 0 leaves it out (12)"
    )
    parser.add_argument("--picture", type=Path, metavar="FILE.png", help="where the time of a turn goes, as a picture")


def add_options(parser: argparse.ArgumentParser, seconds: float, tokens: int, rounds: int) -> None:
    parser.add_argument("--sizes", default="base", help="of the model, with commas: tiny,base,small,medium (base)")
    parser.add_argument("--seconds", type=float, default=seconds, help=f"of the utterance ({seconds:g})")
    parser.add_argument("--tokens", type=int, default=tokens, help=f"that every engine decodes ({tokens})")
    parser.add_argument("--rounds", type=int, default=rounds, help=f"runs of each engine ({rounds})")
    parser.add_argument("--threads", type=int, default=0, help="of each engine; 0 is as many as the program takes (0)")


def run(arguments: argparse.Namespace) -> int:
    result = measure(arguments, "latency")
    result["turn"] = _turns(arguments)
    show(result)
    if arguments.picture and result["turn"]:
        from .picture import draw

        draw({title.replace("_", " "): turn["stages_ms"] for title, turn in result["turn"].items()}, arguments.picture)
    if arguments.json:
        print(json.dumps(result))
    return EXIT_DONE


def measure(arguments: argparse.Namespace, benchmark: str) -> dict[str, Any]:
    """seconds, p95_seconds, tokens: by engine and size; ratios: the others' time over ours, at the first size."""
    sizes = _sizes(arguments.sizes)
    samples = speech(arguments.seconds)
    seconds: dict[str, dict[str, Any]] = {}
    for size in sizes:
        for name, timings in compete(arguments, size, samples).items():
            seconds.setdefault(name, {})[size] = _summary(timings)
    return {
        "benchmark": benchmark,
        "machine": machine(arguments.threads),
        "utterance_s": arguments.seconds,
        "rounds": arguments.rounds,
        "ratios": _ratios(seconds, "aihear", sizes[0]),
        "ratios_10s": _ratios(seconds, "aihear_10s", sizes[0]),
        "seconds": _column(seconds, "median"),
        "p95_seconds": _column(seconds, "p95"),
        "tokens": _column(seconds, "tokens"),
    }


def _turns(arguments: argparse.Namespace) -> dict[str, Any]:
    """The whole program, with speculation and without. Empty where no voice is installed to speak the commands."""
    from . import sounds, turns

    if not arguments.turns or not sounds.can_speak():
        return {}
    flags = [f"--set={flag}" for flag in arguments.set]
    return {
        "with_speculation": turns.measure(arguments.turns, flags),
        "without_speculation": turns.measure(arguments.turns, [*flags, "--set", "endpointing.speculate_s=0"]),
    }


def compete(arguments: argparse.Namespace, size: str, samples: Samples) -> Rounds:
    """One warming run of each, then `rounds` runs in turns."""
    from ..recognition import conversion
    from . import engines

    with tempfile.TemporaryDirectory(prefix="aihear-bench-") as folder:
        path, official = checkpoint(size, Path(folder))
        found = engines.contenders(path, size if official else "", Path(folder), threads(arguments.threads))
        timings: dict[str, list[Timing]] = {contender.name: [] for contender in found}
        try:
            for number in range(arguments.rounds + 1):
                for contender in found:
                    time.sleep(SETTLE_S)
                    timing = contender.time(samples, arguments.tokens)
                    timings[contender.name] += [timing] if number else []
        finally:
            engines.close(found)
            if not official:
                conversion.forget(conversion.sum_of(path))
    return timings


def speech(seconds: float) -> Samples:
    """The beginning of the rehearsal, over and over where it is too short. float32, 16 kHz."""
    import numpy as np

    from .. import paths
    from ..audio.file import decode
    from ..types import SAMPLE_RATE

    return np.resize(decode(paths.assets() / "rehearsal.flac").samples, round(seconds * SAMPLE_RATE))


def threads(wanted: int) -> int:
    from ..recognition.model import spared_processors

    return wanted or spared_processors()


def machine(wanted_threads: int) -> dict[str, Any]:
    return {"processor": _processor(), "cores": os.cpu_count(), "threads": threads(wanted_threads)}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())


def _sizes(text: str) -> list[str]:
    sizes = [size.strip() for size in text.split(",") if size.strip()]
    unknown = [size for size in sizes if size not in DIMENSIONS]
    if unknown or not sizes:
        raise SettingsError(f"no such size: {text}", "unknown_size", f"--sizes takes {', '.join(DIMENSIONS)}")
    return sizes


def _summary(timings: Sequence[Timing]) -> dict[str, Any]:
    import numpy as np

    seconds = [timing.seconds for timing in timings]
    median, p95 = (round(float(np.percentile(seconds, share)), 4) for share in (50, 95))
    return {"median": median, "p95": p95, "tokens": timings[-1].tokens}


def _column(seconds: Mapping[str, Mapping[str, Any]], field: str) -> dict[str, dict[str, Any]]:
    return {name: {size: row[field] for size, row in sizes.items()} for name, sizes in seconds.items()}


def _ratios(seconds: Mapping[str, Mapping[str, Any]], ours: str, size: str) -> dict[str, float]:
    """Their time over ours."""
    return {
        name: round(seconds[name][size]["median"] / seconds[ours][size]["median"], 2)
        for name in OTHERS
        if name in seconds
    }


def show(result: Mapping[str, Any]) -> None:
    """A table on stderr: stdout keeps to what --json promises."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"seconds for {result['utterance_s']:g} s of sound: median (95th percentile)")
    table.add_column("engine")
    sizes = list(result["seconds"]["aihear"])
    for size in sizes:
        table.add_column(size, justify="right")
    for name, medians in result["seconds"].items():
        cells = (f"{medians[size]:.3f} ({result['p95_seconds'][name][size]:.3f})" for size in sizes)
        table.add_row(name, *cells)
    console = Console(stderr=True)
    console.print(table)
    for window, key in (("its own", "ratios"), ("a 10 s", "ratios_10s")):
        told = ", ".join(f"{ratio:g} times {name}" for name, ratio in result.get(key, {}).items())
        if told:
            console.print(f"ours with {window} window is as fast as {told}")
    for title, turn in result.get("turn", {}).items():
        text, matched = turn["text_ms"], turn["matched_ms"]
        console.print(
            f"a turn {title.replace('_', ' ')}: {text['median']:g} ms from the declared end to the text,"
            f" {matched['median']:g} ms (95th percentile {matched['p95']:g}) from the last sample to the match;"
            f" {turn['understood']} of {turn['commands']} understood"
        )
