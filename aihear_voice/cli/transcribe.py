"""aihear transcribe FILE…: write down what recordings say."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from .. import settings
from ..errors import EXIT_DONE, AihearError, DeviceError, SettingsError
from . import complain

if TYPE_CHECKING:
    from ..recognition.recogniser import WhisperRecogniser

FORMATS = ("txt", "srt", "vtt", "tsv", "json", "ass")
_WITH_WORDS = ("json", "ass")  # formats that have room for word times


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="anything that FFmpeg can read")
    parser.add_argument("--format", choices=FORMATS, default="txt", help="txt unless said otherwise")
    parser.add_argument("--output-dir", type=Path, metavar="D", help="write NAME.FORMAT there, not to standard output")
    parser.add_argument("--language", metavar="L", help="the language spoken (en, de, ...); found out unless said")
    parser.add_argument(
        "--task", choices=("transcribe", "translate"), default="transcribe", help="translate: to English"
    )
    parser.add_argument("--model", metavar="M", help="a model's name or a .pt file; see `aihear models list`")


def run(arguments: argparse.Namespace) -> int:
    from ..recognition.recogniser import WhisperRecogniser

    if len(arguments.files) > 1 and arguments.output_dir is None:
        raise SettingsError("several recordings need a place for their files", "no_output", "add --output-dir FOLDER")
    recogniser = WhisperRecogniser(_recognition(arguments))
    print(f"aihear: model {recogniser.name}", file=sys.stderr)
    try:
        return max(_one(path, recogniser, arguments) for path in arguments.files)
    finally:
        recogniser.close()


def _recognition(arguments: argparse.Namespace) -> settings.RecognitionSettings:
    recognition = settings.load(arguments.set).recognition
    if arguments.model:
        recognition = msgspec.structs.replace(recognition, model=arguments.model)
    if arguments.language:
        recognition = msgspec.structs.replace(recognition, languages=(arguments.language,))
    return recognition


def _one(path: Path, recogniser: WhisperRecogniser, arguments: argparse.Namespace) -> int:
    """A recording that fails leaves the others alone. Returns the exit code."""
    try:
        result = _transcribed(path, recogniser, arguments)
        _write(result, path, arguments)
    except AihearError as error:
        return complain(error)
    return EXIT_DONE


def _transcribed(path: Path, recogniser: WhisperRecogniser, arguments: argparse.Namespace) -> dict[str, Any]:
    from ..audio.file import decode

    audio = decode(path)
    words = arguments.format in _WITH_WORDS
    with _bar(path.name, audio.duration) as progress:
        return recogniser.transcribe_file(audio, arguments.task, words=words, progress=progress)


def _write(result: dict[str, Any], path: Path, arguments: argparse.Namespace) -> None:
    from ..transcripts.formats import WRITERS

    text = WRITERS[arguments.format](result)
    if arguments.output_dir is None:
        sys.stdout.write(text)
        return
    target = arguments.output_dir / f"{path.stem}.{arguments.format}"
    try:
        arguments.output_dir.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise DeviceError(
            f"{target} cannot be written: {error.strerror}", "unwritable", "choose another folder"
        ) from error


@contextmanager
def _bar(name: str, duration: float) -> Iterator[Callable[[float], None]]:
    """Seconds of sound done and in all; on a terminal only."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    seconds = TextColumn("{task.completed:.0f}/{task.total:.0f} s")
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), seconds, TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task(name, total=duration)
        yield lambda done: bar.update(task, completed=done)
