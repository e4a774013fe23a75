"""What plugins did, read from the events and written into the history."""

from __future__ import annotations

import shlex
import time

from ..events import Event, Ran, Replied, Typed, Undoable, Undone
from .history import History

REMEMBERED = 64  # turns of which it is known what they did: more than can be taken back
_DID = {
    "press": "pressed", "scratch": "took back", "scroll": "scrolled", "run": "started", "call": "ran",
    "replace": "replaced", "select": "selected", "undo": "undid", "redo": "did again", "unset": "cancelled",
    "window": "window",
}  # fmt: skip


class Doings:
    """Every method raises HistoryError."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._deeds: dict[int, list[int]] = {}  # the numbers of what was done, but for answers, by turn

    def note(self, event: Event, row: int | None = None, intent: tuple[str, str] = ("", "")) -> None:
        """row: of the utterance that led to it; intent: plugin and intent, where the event does not say whose it is."""
        match event:
            case Typed():
                self._add(event, row, intent, "typed", event.text)
            case Ran():
                self._add(event, row, intent, _DID.get(event.method, event.method), shlex.join(event.argv))
            case Undoable():
                deeds = self._deeds.get(event.turn) or [self._add(event, row, intent, "did", event.intent)]
                self._history.undoable(deeds, time.time() + event.seconds)
            case Undone():
                self._history.undone(self._deeds.pop(event.of, []))
                self._add(event, row, intent, "took back", f"{event.plugin}.{event.intent}")
            case Replied() if event.text:
                self._history.act(row, time.time(), *_whose(event, intent), "answered", event.text)

    def _add(
        self, event: Typed | Ran | Undoable | Undone, row: int | None, intent: tuple[str, str], did: str, what: str
    ) -> int:
        number = self._history.act(row, time.time(), *_whose(event, intent), did, what)
        self._deeds.setdefault(event.turn, []).append(number)
        while len(self._deeds) > REMEMBERED:
            del self._deeds[next(iter(self._deeds))]
        return number


def _whose(event: Typed | Ran | Undoable | Undone | Replied, otherwise: tuple[str, str]) -> tuple[str, str]:
    return (event.plugin, event.intent) if event.plugin else otherwise
