"""Where there is no microphone: show what the program does, on a recording of requests that we made ourselves.

The recording goes through the same loop as a microphone's sound; nothing in it is faked, and nothing is done.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from .. import paths
from ..errors import EXIT_DONE, EXIT_FAULT
from ..events import Event, FinalText, TurnEnded
from .show import line

if TYPE_CHECKING:
    from rich.console import Console

UTTERANCES = 16  # in the recording; tests/make_rehearsal.py makes it
ENOUGH = 0.75  # of them understood, else something is wrong with this installation
SECONDS = 71  # that the recording lasts

_OPENING = f"""\
[bold]This computer has no microphone, so this is a rehearsal.[/bold]

A recording of {UTTERANCES} spoken sentences ({SECONDS} seconds, by synthetic voices) now goes through the program \
the same way as sound from a microphone: wake word, end of speech, recognition, plugins. \
It is a dry run: nothing is typed, started or spoken; you read what would be done.
"""
_CLOSING = """\
Plug a microphone in and run this again to speak yourself. What else is missing: [bold]aihear doctor[/bold]
A recording of your own instead: [bold]aihear run --dry-run --input FILE[/bold]"""


class Tally:
    """Counts turns that were heard (they have a text) and understood (they ended well)."""

    def __init__(self) -> None:
        self._heard: set[int] = set()
        self._done: set[int] = set()

    def count(self, event: Event) -> None:
        if isinstance(event, FinalText) and event.text:
            self._heard.add(event.turn)
        elif isinstance(event, TurnEnded) and event.outcome == "done":
            self._done.add(event.turn)

    @property
    def heard(self) -> int:
        return len(self._heard)

    @property
    def understood(self) -> int:
        return len(self._heard & self._done)

    @property
    def enough(self) -> bool:
        return self.understood >= ENOUGH * UTTERANCES


def rehearse(run: Callable[[Path, Callable[[Event], None]], None], console: Console) -> int:
    """run: pushes a recording through the program in a dry run, and calls the listener for each event."""
    console.print(_OPENING)
    tally = Tally()

    def listen(event: Event) -> None:
        tally.count(event)
        text = line(event, dry_run=True)
        if text is not None:
            console.print(text)
        if isinstance(event, TurnEnded):
            console.print()

    run(paths.assets() / "rehearsal.flac", listen)
    console.print(_summary(tally))
    console.print(_CLOSING)
    return EXIT_DONE if tally.enough else EXIT_FAULT


def _summary(tally: Tally) -> str:
    counted = f"{UTTERANCES} sentences were spoken, {tally.heard} were heard, {tally.understood} were understood."
    if tally.enough:
        return f"[bold green]{counted}[/]"
    return f"[bold red]{counted} That is too few: something is wrong here. `aihear doctor` may know what.[/]"
