"""aihear practise --progress: each sound over time, and what is due. --forget deletes it."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from typing import Any

from .. import paths, settings
from ..errors import EXIT_DONE, SettingsError
from ..pronunciation.coaching import practice
from ..pronunciation.coaching.progress import FILE, Progress, ProgressError, SoundHistory, TextHistory, open_progress
from ..pronunciation.results import Report
from ..pronunciation.text import articulation
from ..settings import Settings

_BARS = "▁▂▃▄▅▆▇█"
_NEWEST = 20  # attempts in a row of bars
_TEXTS = 10  # of those that were practised, the newest
_NOTHING = "nothing has been practised yet"
_HINT = 'say "check my pronunciation", or: aihear practise "a word or a sentence"'


def run(arguments: argparse.Namespace) -> int:
    if any(given is not None for given in (arguments.text, arguments.audio, arguments.phones, arguments.batch)):
        raise SettingsError("--progress and --forget look at what was practised", "bad_usage", "leave the rest out")
    settings.load(arguments.set)  # a mistake in them is told here, too
    with closing(_open()) as progress:
        if arguments.forget:
            return _forget(progress)
        found = _found(progress, time.time())
    if arguments.json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
    elif not found["attempts"]:
        print(f"{_NOTHING}\n  hint: {_HINT}", file=sys.stderr)
    else:
        _show(found)
    return EXIT_DONE


def keep(report: Report, language: str, loaded: Settings) -> None:
    """An attempt at the microphone, unless the person wants nothing kept; a file that cannot be written is told."""
    from ..plugin import loader

    changes = loaded.plugin.get("pronunciation", {})
    plugin = loader.load_one(paths.shipped_plugins() / "pronunciation", "shipped", changes)
    if not plugin.settings.get("history"):
        return
    try:
        with closing(open_progress()) as progress:
            progress.record(*practice.attempt_of(report, language, time.time()))
    except ProgressError as error:
        print(f"aihear: {error.message}", file=sys.stderr)


def _open() -> Progress:
    """Without a file there is nothing to read, and none is made."""
    path = paths.state(FILE)
    return Progress(path if path.exists() else None)


def _forget(progress: Progress) -> int:
    count = progress.forget()
    print(f"{count} {'attempt' if count == 1 else 'attempts'} deleted" if count else _NOTHING)
    return EXIT_DONE


def _found(progress: Progress, now: float) -> dict[str, Any]:
    sounds = sorted(progress.sounds(), key=practice.standing)
    return {
        "attempts": progress.count(),
        "sounds": [_sound(sound) for sound in sounds],
        "texts": [_text(text) for text in reversed(progress.texts())],
        "weak": [sound.phone for sound in practice.weakest(sounds, now)],
    }


def _sound(sound: SoundHistory) -> dict[str, Any]:
    scores = [score for _, score in sound.points]
    return {
        "phone": sound.phone,
        "language": sound.language,
        "name": articulation.name(sound.phone),
        "attempts": len(scores),
        "first": scores[0],
        "last": scores[-1],
        "now": round(practice.standing(sound), 1),
        "trend": practice.trend(sound),
        "heard": sound.heard[0] if sound.heard else None,
        "due": _iso(sound.due),
        "points": [{"at": _iso(at), "score": score} for at, score in sound.points],
    }


def _text(text: TextHistory) -> dict[str, Any]:
    return {
        "text": text.text,
        "language": text.language,
        "attempts": text.times,
        "first": text.scores[0] if text.scores else None,
        "last": text.scores[-1] if text.scores else None,
        "at": _iso(text.last),
        "due": _iso(text.due),
    }


def _iso(at: float | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at).astimezone().isoformat(timespec="seconds")


# For people -------------------------------------------------------------------------------------------------


def _show(found: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 100
    if found["sounds"]:
        table = Table(box=None, title="Sounds, the weakest first (of 100)", title_justify="left", pad_edge=False)
        for name in ("sound", "times", "first", "last", "trend", "over time", "again"):
            table.add_column(name, justify="right" if name in ("times", "first", "last", "trend") else "left")
        for sound in found["sounds"]:
            table.add_row(*_row(sound))
        console.print(table)
        console.print()
    table = Table(box=None, title="Texts, the newest first", title_justify="left", pad_edge=False)
    for name in ("text", "times", "first", "last", "again"):
        table.add_column(name, justify="right" if name in ("times", "first", "last") else "left")
    for text in found["texts"][:_TEXTS]:
        numbers = map(_number, (text["first"], text["last"]))
        table.add_row(text["text"], str(text["attempts"]), *numbers, _when(text["due"]))
    console.print(table)


def _row(sound: dict[str, Any]) -> Sequence[str]:
    scores = [point["score"] for point in sound["points"]]
    trend = "" if sound["trend"] is None else f"{sound['trend']:+.0f}"
    name = f"{sound['phone']:<3} {sound['name']}"
    numbers = (str(sound["attempts"]), _number(sound["first"]), _number(sound["last"]), trend)
    return name, *numbers, bars(scores[-_NEWEST:]), _when(sound["due"])


def bars(scores: Sequence[float]) -> str:
    """One block for each, of 0-100."""
    return "".join(_BARS[min(len(_BARS) - 1, int(score * len(_BARS) / 100))] for score in scores)


def _number(score: float | None) -> str:
    return "" if score is None else f"{score:.0f}"


def _when(due: str | None) -> str:
    """now, a time of today, or a date."""
    if due is None:
        return ""
    at, now = datetime.fromisoformat(due), datetime.now().astimezone()
    if at <= now:
        return "now"
    return f"{at:%H:%M}" if at.date() == now.date() else f"{at:%b %d}"
