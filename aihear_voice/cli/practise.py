"""aihear practise "TEXT": say it, or give a recording, and learn which words came across."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from .. import settings
from ..errors import EXIT_DONE, DeviceError, SettingsError
from ..settings import Settings

if TYPE_CHECKING:
    from ..ports import Recogniser
    from ..pronunciation.check import Report
    from ..types import Audio


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("text", nargs="?", metavar="TEXT", help="what to say")
    parser.add_argument("--audio", type=Path, metavar="FILE", help="a recording of it; without, the microphone")
    parser.add_argument("--language", metavar="L", help="the text's language (en, de, ...); without, it is detected")
    parser.add_argument("--json", action="store_true", help="print the scores as JSON")
    parser.add_argument("--report", type=Path, metavar="FILE.html", help="write a page with the details")
    parser.add_argument(
        "--batch", type=Path, metavar="FILE.jsonl", help='lines of {"audio": FILE, "text": TEXT}; a JSON line out each'
    )


class _Line(msgspec.Struct, frozen=True):
    """A line of a batch; other fields are let be."""

    audio: str
    text: str


@dataclass(frozen=True)
class _Job:
    """number: of the line in the batch; audio as it was written there"""

    number: int
    audio: str
    path: Path
    text: str


def run(arguments: argparse.Namespace) -> int:
    _check_usage(arguments)
    jobs = _jobs(arguments.batch) if arguments.batch else []
    loaded = _settings(arguments)
    if arguments.batch is None:
        audio = _audio(arguments, loaded)
    recogniser = _recogniser(loaded)
    try:
        if arguments.batch:
            return _batch(jobs, recogniser, arguments.report)
        report = _assess(arguments.text, audio, recogniser)
    finally:
        recogniser.close()
    _write_page([report], arguments.report)
    _print(report, arguments.json)
    return EXIT_DONE


def _check_usage(arguments: argparse.Namespace) -> None:
    if arguments.batch:
        if arguments.text is not None or arguments.audio is not None:
            raise SettingsError(
                "--batch brings its own texts and recordings", "bad_usage", "leave TEXT and --audio out"
            )
    else:
        _check_text(arguments.text or "")
    if arguments.report and not arguments.report.absolute().parent.is_dir():
        raise SettingsError(f"{arguments.report.parent} is no folder", "no_folder", "give --report another place")


def _check_text(text: str) -> None:
    from ..pronunciation.words import split

    if not split(text):
        raise SettingsError("there is no word to practise", "no_text", 'aihear practise "a word or a sentence"')


def _settings(arguments: argparse.Namespace) -> Settings:
    languages = [f'recognition.languages=["{arguments.language}"]'] if arguments.language else []
    return settings.load([*arguments.set, *languages])


def _audio(arguments: argparse.Namespace, loaded: Settings) -> Audio:
    if arguments.audio is not None:
        return _decode(arguments.audio)
    from .. import app

    print(f"Say it now: {arguments.text}", file=sys.stderr, flush=True)
    return app.record_utterance(loaded)


def _decode(path: Path) -> Audio:
    """No more than is needed to see that it is too long."""
    from ..audio.file import decode_blocks
    from ..pronunciation.check import LONGEST

    return next(iter(decode_blocks(path, LONGEST + 1)))


def _recogniser(loaded: Settings) -> Recogniser:
    from ..recognition.recogniser import WhisperRecogniser

    return WhisperRecogniser(loaded.recognition)


def _assess(text: str, audio: Audio, recogniser: Recogniser) -> Report:
    from ..pronunciation import check

    refusal = check.unheard(text, audio)
    return refusal or check.assess(text, recogniser.transcribe(audio, "practise", words=True), audio)


def _print(report: Report, as_json: bool) -> None:
    from ..pronunciation.report import summary, to_dict

    if as_json:
        print(json.dumps(to_dict(report), ensure_ascii=False))
        return
    print(summary(report))
    if report.refused is None:
        print(f"words said {report.completeness:.0f} %, accuracy {_plain(report.accuracy)}", end="")
        print(f", fluency {_plain(report.fluency)}, together {_plain(report.total)}")


def _plain(value: float | None) -> str:
    return "not judged" if value is None else f"{value:.0f}"


def _write_page(reports: Sequence[Report], path: Path | None) -> None:
    from ..pronunciation.report import to_html

    if path is None:
        return
    try:
        path.write_text(to_html(reports), encoding="utf-8")
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be written: {error.strerror}", "unwritable", "give another place"
        ) from error


# -- batch ------------------------------------------------------------------------------------------------


def _batch(jobs: Sequence[_Job], recogniser: Recogniser, page: Path | None) -> int:
    """A recording that cannot be decoded is named and refused; the others are judged, and the exit code tells."""
    from ..pronunciation.check import Report
    from ..pronunciation.report import to_dict

    code, reports = EXIT_DONE, []
    for job in jobs:
        try:
            report = _assess(job.text, _decode(job.path), recogniser)
        except DeviceError as error:
            print(f"aihear: line {job.number}: {error.message}", file=sys.stderr)
            code = error.exit_code
            report = Report(job.text, "", refused=f"The recording cannot be read: {error.message}.")
        reports.append(report)
        line = {"audio": job.audio, "text": job.text, **to_dict(report)}
        print(json.dumps(line, ensure_ascii=False), flush=True)
    _write_page(reports, page)
    return code


def _jobs(path: Path) -> list[_Job]:
    """All lines are checked before the first recording is."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DeviceError(f"{path} cannot be read: {error}", "unreadable_file", "give a file of JSON lines") from error
    jobs = list(_read(text, path.parent))
    if not jobs:
        raise SettingsError(f"{path} has no line", "empty_batch", 'write lines of {"audio": ..., "text": ...}')
    return jobs


def _read(text: str, folder: Path) -> Iterator[_Job]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            read = msgspec.json.decode(line, type=_Line)
            _check_text(read.text)
        except (msgspec.DecodeError, SettingsError) as error:
            hint = 'each line is {"audio": "FILE", "text": "WORDS"}'
            raise SettingsError(f"line {number} of the batch: {error}", "bad_line", hint) from error
        yield _Job(number, read.audio, folder / read.audio, read.text)
