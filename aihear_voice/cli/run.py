"""aihear run: the assistant."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from .. import settings
from ..errors import EXIT_DONE, DeviceError
from ..events import Event, EventStream, to_json

if TYPE_CHECKING:
    from ..app import Options
    from ..settings import Settings


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--input", type=Path, metavar="FILE", help="a recording in place of the microphone")
    parser.add_argument("--realtime", action="store_true", help="with --input: at the speed of sound")
    parser.add_argument("--json", action="store_true", help="print events, one JSON object a line")
    parser.add_argument("--dry-run", action="store_true", help="neither type, run nor speak: say what would be done")
    parser.add_argument("--model", metavar="NAME|PATH", help="a model's name, or a .pt file")
    parser.add_argument(
        "--watch-plugins", action="store_true", help="read plugins anew when one of their files is saved"
    )
    parser.add_argument("--no-rehearsal", action="store_true", help="without a microphone: fail instead of rehearsing")


def run(arguments: argparse.Namespace) -> int:
    from ..app import Options

    flags = list(arguments.set)
    if arguments.model:
        flags.append(f"recognition.model={arguments.model}")
    loaded = settings.load(flags)
    _check_model(loaded)
    if arguments.input is None and not _has_microphone(loaded):
        return _without_microphone(arguments, loaded)
    options = Options(arguments.input, arguments.realtime, arguments.dry_run, arguments.watch_plugins)
    _run(loaded, options, _print_json if arguments.json else _print_line(arguments.dry_run))
    return EXIT_DONE


def _run(loaded: Settings, options: Options, listener: Callable[[Event], None]) -> None:
    from ..app import Assistant

    stream = EventStream()
    stream.listen(listener)
    assistant = Assistant(loaded, stream, options)
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: assistant.stop())
    assistant.run()


def _print_json(event: Event) -> None:
    print(to_json(event), flush=True)


def _print_line(dry_run: bool) -> Callable[[Event], None]:
    from rich.console import Console

    from .show import line

    console = Console(highlight=False)

    def show(event: Event) -> None:
        text = line(event, dry_run=dry_run)
        if text is not None:
            console.print(text)

    return show


def _check_model(loaded: Settings) -> None:
    """Raises ModelError. A wrong --model is told before anything about microphones."""
    from ..recognition.store import ModelStore

    ModelStore().resolve(loaded.recognition.model, loaded.recognition.languages, loaded.recognition.device)


def _has_microphone(loaded: Settings) -> bool:
    from ..audio.devices import has_microphone

    return bool(loaded.audio.input_device) or has_microphone()


def _without_microphone(arguments: argparse.Namespace, loaded: Settings) -> int:
    """A program that reads our events must not take a rehearsal for speech: it gets the error."""
    if arguments.json or arguments.no_rehearsal:
        raise DeviceError("no microphone was found", "no_microphone", "plug one in, or pass --input FILE")
    from rich.console import Console

    from ..app import Options
    from .rehearsal import rehearse

    def play(recording: Path, listener: Callable[[Event], None]) -> None:
        _run(loaded, Options(recording, dry_run=True), listener)

    return rehearse(play, Console(highlight=False, file=sys.stdout))
