"""aihear practise "TEXT": say it, or give a recording, and learn how each sound came across."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from .. import settings
from ..errors import EXIT_DONE, DeviceError, SettingsError
from ..settings import Settings
from .practise_report import ReportFile, check_place

if TYPE_CHECKING:
    from ..ports import Recogniser
    from ..pronunciation.results import Report
    from ..pronunciation.text.phones import WordPhones
    from ..types import Audio


# What to do where nothing was judged, if the sentence about it does not say.
_HINTS = {
    "silence": "Is it the right recording, is the microphone on?",
    "noise": "Speak nearer to the microphone.",
    "no_speech": "Speak nearer to the microphone.",
    "too_short": "Say all of it, or practise a part.",
    "unreliable": "Say it once more; or take a larger model (aihear models list), or give --heard with a recording.",
    "different": "Was that what you meant to practise?",
    "unlike": "Check --heard, or leave it out.",
}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("text", nargs="?", metavar="TEXT", help="what to say")
    parser.add_argument("--audio", type=Path, metavar="FILE", help="a recording of it; without, the microphone")
    parser.add_argument(
        "--phones", metavar='"W IY0 | K AO1 L"', help="its sounds as CMUdict names them, words parted by |"
    )
    parser.add_argument("--language", metavar="L", help="the text's language (en, de, ...); without, its words tell")
    parser.add_argument(
        "--heard", metavar="TEXT", help="what is said in the recording, where you know it: no recogniser is asked"
    )
    parser.add_argument("--json", action="store_true", help="print the scores as JSON")
    parser.add_argument("--progress", action="store_true", help="your sounds over time, and what is due")
    parser.add_argument("--forget", action="store_true", help="delete what was practised")
    parser.add_argument(
        "--report", type=Path, metavar="FILE.html", help="write a page with the details (FILE.png: a picture)"
    )
    parser.add_argument(
        "--batch",
        type=Path,
        metavar="FILE.jsonl",
        help='lines of {"utt": NAME, "audio": FILE, "text": TEXT, "words": [{"text": WORD, "phones": [PHONE]}], '
        '"heard": TEXT}, utt, words and heard at will; a JSON line out each',
    )


class _LineWord(msgspec.Struct, frozen=True):
    text: str
    phones: list[str]


class _Line(msgspec.Struct, frozen=True):
    """A line of a batch; other fields are let be."""

    audio: str
    text: str
    utt: str | None = None
    words: list[_LineWord] | None = None
    heard: str | None = None


@dataclass(frozen=True)
class _Task:
    """What is to be said; words: with their sounds, where these were given; language: "" where unknown
    heard: what was said, where the caller knows it"""

    text: str
    words: Sequence[WordPhones] | None
    language: str
    heard: str | None = None


@dataclass(frozen=True)
class _Job:
    """number: of the line in the batch; audio as it was written there"""

    number: int
    line: _Line
    path: Path
    task: _Task


def run(arguments: argparse.Namespace) -> int:
    if arguments.progress or arguments.forget:
        from . import practise_progress

        return practise_progress.run(arguments)
    _check_usage(arguments)
    jobs = _jobs(arguments.batch, arguments.language or "") if arguments.batch else []
    tasks = [job.task for job in jobs] or [
        _task(arguments.text, arguments.phones, arguments.language or "", arguments.heard)
    ]
    loaded = _settings(arguments, tasks)
    if arguments.batch is None:
        audio = _audio(arguments, loaded)
    with (
        closing(_recogniser(loaded)) as recogniser,
        closing(ReportFile(arguments.report, loaded, recogniser)) as report,
    ):
        code = EXIT_DONE
        if arguments.batch:
            code = _batch(jobs, recogniser, report)
        else:
            _one(tasks[0], audio, recogniser, report, arguments.json, None if arguments.audio else loaded)
        report.write()
    return code


def _check_usage(arguments: argparse.Namespace) -> None:
    if arguments.batch:
        if any(given is not None for given in (arguments.text, arguments.audio, arguments.phones, arguments.heard)):
            told = "--batch brings its own texts, sounds and recordings"
            raise SettingsError(told, "bad_usage", "leave TEXT, --audio, --phones and --heard out")
    else:
        _check_text(arguments.text or "")
    if arguments.heard is not None and arguments.audio is None:
        raise SettingsError("--heard is what a recording says", "bad_usage", "give the recording with --audio")
    if arguments.report:
        check_place(arguments.report)


def _check_text(text: str) -> None:
    from ..pronunciation.text.words import split

    if not split(text):
        raise SettingsError("there is no word to practise", "no_text", 'aihear practise "a word or a sentence"')


def _task(text: str, written: str | None, language: str, heard: str | None = None) -> _Task:
    """Raises SettingsError for sounds that do not fit the text."""
    from ..pronunciation.text import phones
    from ..pronunciation.text.words import language_of

    words = phones.parse(written, text) if written is not None else None
    return _Task(text, words, language or ("en" if words else language_of(text)), heard)


def _settings(arguments: argparse.Namespace, tasks: Sequence[_Task]) -> Settings:
    """The recogniser is told the language where all texts have the same."""
    languages = {task.language for task in tasks}
    only = languages.pop() if len(languages) == 1 else ""
    return settings.load([*arguments.set, *([f'recognition.languages=["{only}"]'] if only else [])])


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


def _assess(task: _Task, audio: Audio, recogniser: Recogniser) -> Report:
    from ..pronunciation import by_transcript, check

    refusal = check.unheard(task.text, audio)
    if refusal is not None:
        return refusal
    if task.heard is not None:
        transcript = by_transcript.given(task.heard, task.language)
    else:
        transcript = recogniser.transcribe(audio, "practise", words=True)
    return check.assess(task.text, transcript, audio, task.words, task.language)


def _one(
    task: _Task, audio: Audio, recogniser: Recogniser, file: ReportFile, as_json: bool, learner: Settings | None
) -> None:
    """learner: the person's settings, where it was said at the microphone: their attempt counts as practice"""
    report = _assess(task, audio, recogniser)
    if learner is not None and report.refused is None:
        from .practise_progress import keep

        keep(report, task.language, learner)
    file.add(report, audio, task.language)
    _print(report, as_json)


def _print(report: Report, as_json: bool) -> None:
    from ..pronunciation.showing.report import summary, to_dict

    if as_json:
        print(json.dumps(to_dict(report), ensure_ascii=False))
        return
    print(" ".join(filter(None, (summary(report), _HINTS.get(report.why or "")))))
    if (hint := _hint(report)) is not None:
        print(hint)
    if report.refused is None:
        print(f"words said {report.completeness:.0f} %, accuracy {_plain(report.accuracy)}", end="")
        print(f", fluency {_plain(report.fluency)}, prosody {_plain(report.prosody)}, total {_plain(report.total)}")


def _hint(report: Report) -> str | None:
    """How the sound is made that is to be worked on."""
    from ..pronunciation.text import articulation

    step = report.steps.get("total") if report.method == "phones" else None
    if step is None or "phone" not in step.values:
        return None
    return articulation.hint(step.values["phone"], step.values.get("heard", ""))


def _plain(value: float | None) -> str:
    return "not judged" if value is None else f"{value:.0f}"


# -- batch ------------------------------------------------------------------------------------------------


def _batch(jobs: Sequence[_Job], recogniser: Recogniser, file: ReportFile) -> int:
    """A recording that cannot be decoded is named and refused; the others are judged, and the exit code tells."""
    from ..pronunciation.results import Report
    from ..pronunciation.showing.report import to_dict

    code = EXIT_DONE
    for job in jobs:
        audio = None
        try:
            audio = _decode(job.path)
            report = _assess(job.task, audio, recogniser)
        except DeviceError as error:
            print(f"aihear: line {job.number}: {error.message}", file=sys.stderr)
            code = error.exit_code
            report = Report(job.task.text, "", refused=f"The recording cannot be read: {error.message}.")
        file.add(report, audio, job.task.language, job.line.utt or "")
        named = {"utt": job.line.utt} if job.line.utt is not None else {}
        line = named | {"audio": job.line.audio, "text": job.line.text} | to_dict(report)
        print(json.dumps(line, ensure_ascii=False), flush=True)
    return code


def _jobs(path: Path, language: str) -> list[_Job]:
    """All lines are checked before the first recording is."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DeviceError(f"{path} cannot be read: {error}", "unreadable_file", "give a file of JSON lines") from error
    jobs = list(_read(text, path.parent, language))
    if not jobs:
        raise SettingsError(f"{path} has no line", "empty_batch", 'write lines of {"audio": ..., "text": ...}')
    return jobs


def _read(text: str, folder: Path, language: str) -> Iterator[_Job]:
    for number, written in enumerate(text.split("\n"), start=1):
        if not written.strip():
            continue
        try:
            line = msgspec.json.decode(written, type=_Line)
            _check_text(line.text)
            task = _line_task(line, language)
        except (msgspec.DecodeError, SettingsError) as error:
            hint = 'each line is {"audio": "FILE", "text": "WORDS"}'
            raise SettingsError(f"line {number} of the batch: {error}", "bad_line", hint) from error
        yield _Job(number, line, folder / line.audio, task)


def _line_task(line: _Line, language: str) -> _Task:
    from ..pronunciation.text.phones import WordPhones, checked

    if not line.words:
        return _task(line.text, None, language, line.heard)
    words = [WordPhones(word.text, (checked(word.phones),)) for word in line.words]
    return _Task(line.text, words, language or "en", line.heard)
