"""aihear bench accuracy: how often the text is right, with a window as long as the utterance and with the full 30 s.

On recordings of the person's own: a folder of sounds, each with its text in a file of the same name (a.flac, a.txt).
Without one, on sentences that this computer's voices speak. The word error rate is that of the field (NIST): words
inserted, left out and put for others, of the words that were said; case, punctuation and the way that numbers are
written do not count.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import EXIT_DONE, SettingsError

if TYPE_CHECKING:
    from ..settings import Settings
    from ..types import Audio, Transcript

SENTENCES = {
    "en": (
        "What time is it?",
        "Set a timer for ten minutes.",
        "Turn on the kitchen lights.",
        "Open the calculator.",
        "Remind me to buy milk on Friday.",
        "The meeting is on Monday at 3 o'clock.",
        "Let me know if you have any questions.",
        "Scroll down.",
    ),
    "de": ("Wie spät ist es?", "Stelle einen Timer auf 5 Minuten.", "Öffne den Browser."),
    "es": ("¿Qué hora es?", "Abre el navegador.", "Sube el volumen."),
    "zh": ("现在几点了?", "打开浏览器。"),
}
VOICES = {
    "en": ("en-us+Alicia", "en-gb+Hugo", "en-us+linda", "en-us+f3", "en-us+m7"),
    "de": ("de", "de+f3"),
    "es": ("es", "es+m7"),
    "zh": ("cmn", "cmn+f3"),
}
SOUNDS = (".wav", ".flac", ".mp3", ".m4a", ".ogg", ".opus", ".webm")
CALIBRATION_WORDS = 200  # fewer say nothing about half a point
CALIBRATION_LOSS = 0.5  # percentage points of word error rate that a shorter window may cost
CALIBRATION_AGAIN = 0.1  # share of utterances that may have to be decoded again
WINDOWS_S = (2.0, 3.0, 4.0, 6.0, 8.0, 10.0)


@dataclass(frozen=True, slots=True)
class Recording:
    audio: Audio
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Score:
    """Percentages, and seconds of computing for all recordings.

    wer: of the words; exact: of the sentences; again: of the sentences, decoded a second time with the full window;
    unreliable: of the sentences, whose text would be shown but not acted on
    """

    wer: float
    exact: float
    again: float
    unreliable: float
    compute_s: float


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", nargs="?", type=Path, help="of recordings, each with its text: a.flac and a.txt")
    parser.add_argument("--language", default="en", metavar="CODE", help="that is spoken in FOLDER (en)")
    parser.add_argument("--model", metavar="NAME|PATH", default="", help="(default: the one that `aihear run` takes)")
    parser.add_argument(
        "--calibrate", action="store_true", help="find the shortest window that loses nothing on FOLDER, and keep it"
    )


def run(arguments: argparse.Namespace) -> int:
    from ..settings import load

    flags = [*arguments.set, *([f"recognition.model={arguments.model}"] if arguments.model else [])]
    settings = load(flags)
    if arguments.calibrate and arguments.folder is None:
        raise SettingsError("--calibrate needs recordings of your own", "no_recordings", "give a folder of them")
    recordings = list(
        _read(arguments.folder, arguments.language) if arguments.folder else _spoken(settings.recognition.languages)
    )
    result = _measure(settings, recordings)
    if arguments.calibrate:
        result["calibrated"] = _calibrate(settings, recordings, result)
    _show(result)
    if arguments.json:
        print(json.dumps(result, ensure_ascii=False))
    return EXIT_DONE


def _measure(settings: Settings, recordings: Sequence[Recording]) -> dict[str, Any]:
    engine, short = score(settings, recordings, "auto")
    _, full = score(settings, recordings, "full")
    return {
        "benchmark": "accuracy",
        "engine": engine,
        "sentences": len(recordings),
        "words": sum(len(words(recording.text, recording.language)) for recording in recordings),
        "short_window": asdict(short),
        "full_window": asdict(full),
    }


def score(settings: Settings, recordings: Sequence[Recording], window: str) -> tuple[str, Score]:
    """window: recognition.window. Returns the engine's name too. Raises ModelError."""
    import msgspec

    from ..recognition.recogniser import WhisperRecogniser

    recogniser = WhisperRecogniser(msgspec.structs.replace(settings.recognition, window=window))
    try:
        transcripts = [recogniser.transcribe(recording.audio, "assist") for recording in recordings]
    finally:
        recogniser.close()
    return transcripts[0].engine, scored(recordings, transcripts)


def scored(recordings: Sequence[Recording], transcripts: Sequence[Transcript]) -> Score:
    from rapidfuzz.distance import Levenshtein

    errors = said = exact = 0
    for recording, transcript in zip(recordings, transcripts, strict=True):
        wanted, heard = (words(text, recording.language) for text in (recording.text, transcript.text))
        wrong = Levenshtein.distance(wanted, heard)
        errors, said, exact = errors + wrong, said + len(wanted), exact + (wrong == 0)

    def percent(part: float, whole: int) -> float:
        return round(100 * part / max(1, whole), 2)

    again = sum(transcript.window == "again" for transcript in transcripts)
    doubted = sum(not transcript.reliable for transcript in transcripts)
    count = len(recordings)
    seconds = round(sum(transcript.compute_s for transcript in transcripts), 2)
    return Score(percent(errors, said), percent(exact, count), percent(again, count), percent(doubted, count), seconds)


def words(text: str, language: str) -> list[str]:
    """Folded as sentences are for understanding; numbers in words."""
    from ..understanding.normalise import tokens

    found: list[str] = []
    for token in tokens(text, language):
        number = token.text.isascii() and token.text.isdigit()
        found += words(_spelled(int(token.text), language), language) if number else [token.text]
    return found


@cache
def _spelled(number: int, language: str) -> str:
    from unicode_rbnf import RbnfEngine

    known = language if language in RbnfEngine.get_supported_languages() else "en"
    return RbnfEngine.for_language(known).format_number(number).text


def _calibrate(settings: Settings, recordings: Sequence[Recording], measured: dict[str, Any]) -> float:
    """Keeps the shortest window that costs next to nothing; its seconds. Raises SettingsError, ModelError."""
    from ..recognition import conversion, windows
    from ..recognition.recogniser import WhisperRecogniser

    if measured["words"] < CALIBRATION_WORDS:
        told = f"{measured['words']} words are too few to calibrate on"
        raise SettingsError(told, "too_few_words", f"record {CALIBRATION_WORDS} or more")
    checkpoint = WhisperRecogniser(settings.recognition).checkpoint
    sha256 = checkpoint.sha256 or conversion.sum_of(checkpoint.path)
    before = windows.calibrated().get(sha256)
    allowed = measured["full_window"]["wer"] + CALIBRATION_LOSS
    try:
        for seconds in WINDOWS_S:
            windows.calibrate(sha256, seconds)
            _, short = score(settings, recordings, "auto")
            if short.wer <= allowed and short.again <= 100 * CALIBRATION_AGAIN:
                return seconds
    except BaseException:
        windows.calibrate(sha256, before)
        raise
    windows.calibrate(sha256, windows.MOST_S)
    return windows.MOST_S


def _read(folder: Path, language: str) -> Iterator[Recording]:
    """Raises SettingsError for a folder without recordings, DeviceError for a file that holds no sound."""
    from ..audio.file import decode

    found = False
    for path in sorted(path for path in folder.rglob("*") if path.suffix.lower() in SOUNDS):
        written = path.with_suffix(".txt")
        if written.is_file():
            found = True
            yield Recording(decode(path), written.read_text(encoding="utf-8").strip(), language)
    if not found:
        hint = "each sound needs its text beside it: a.flac and a.txt"
        raise SettingsError(f"{folder} holds no recordings with their texts", "no_recordings", hint)


def _spoken(languages: Sequence[str]) -> Iterator[Recording]:
    from ..types import Audio
    from . import sounds

    if not sounds.can_speak():
        raise SettingsError("there are no recordings, and no voice", "no_voice", "apt-get install espeak-ng")
    for language in (code for code in languages if code in SENTENCES):
        for voice in VOICES[language]:
            for sentence in SENTENCES[language]:
                yield Recording(Audio(sounds.spoken(sentence, f"espeak-ng:{voice}"), 0.0), sentence, language)


def _show(result: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"{result['engine']}: {result['sentences']} sentences, {result['words']} words")
    for head in ("window", "word errors", "sentences right", "heard again", "not trusted", "seconds"):
        table.add_column(head, justify="right" if head != "window" else "left")
    for name in ("short_window", "full_window"):
        row = result[name]
        shares = (f"{row[field]:.1f} %" for field in ("wer", "exact", "again", "unreliable"))
        table.add_row(name.replace("_", " "), *shares, f"{row['compute_s']:.1f}")
    console = Console(stderr=True)
    console.print(table)
    if "calibrated" in result:
        console.print(f"the shortest window that loses nothing: {result['calibrated']:g} s; kept for this model")
