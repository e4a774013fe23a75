"""What was done last, and how it is taken back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Set
from dataclasses import dataclass, replace
from typing import Literal

Undo = Callable[[], object]
# undone: it was taken back; text: what was done last is in a window, and dictation takes it back; cannot: there is no
# way back; nothing: nothing was done of late.
TakenBack = Literal["undone", "text", "cannot", "nothing"]

REMEMBERED = 16
WITHIN_S = 120.0  # seconds; the default of policy.undo_s
# What goes to the focused window, whose own text is edited by voice and has an undo of its own.
_IN_WINDOW = frozenset({"type", "press", "scratch", "replace", "select", "undo", "redo", "scroll"})


@dataclass(frozen=True)
class Deed:
    """What a turn did.

    undo: None where there is none, or it was used; did: the ways in which something was done; at: monotonic seconds
    """

    turn: int
    plugin: str
    intent: str
    undo: Undo | None
    did: frozenset[str]
    at: float

    @property
    def in_window(self) -> bool:
        """Only typed, or pressed keys."""
        return self.undo is None and bool(self.did) and self.did <= _IN_WINDOW


class Deeds:
    """The last ones. Safe to use from any thread.

    within_s: so long after it was done, a deed can be taken back by "undo that"
    """

    def __init__(self, within_s: float = WITHIN_S, clock: Callable[[], float] = time.monotonic) -> None:
        self.within_s = within_s
        self._clock = clock
        self._lock = threading.Lock()
        self._deeds: list[Deed] = []
        self._used: set[int] = set()  # turns whose undo was taken

    def keep(self, turn: int, plugin: str, intent: str, undo: Undo | None, did: Set[str] = frozenset()) -> None:
        """undo: None where there is no way back."""
        deed = Deed(turn, plugin, intent, undo, frozenset(did), self._clock())
        with self._lock:
            self._deeds = [*self._deeds, deed][-REMEMBERED:]
            self._used &= {deed.turn for deed in self._deeds}

    def take(self, turn: int) -> Undo | None:
        """How to undo all that a turn did; nothing to do where it did nothing. It can be asked for once."""
        with self._lock:
            mine = [deed for deed in self._deeds if deed.turn == turn]
            used = turn in self._used
            self._used.add(turn)
        undos = [deed.undo for deed in reversed(mine)]
        if used or any(undo is None for undo in undos):
            return None
        return lambda: [undo() for undo in undos if undo is not None]

    def take_back(self) -> tuple[TakenBack, Deed | None]:
        """Undo what was done last, where there is a way and it is not long ago, and return it.

        What only answered is passed over. Its undo's own error is the caller's.
        """
        with self._lock:
            since = self._clock() - self.within_s
            open_ = (d for d in reversed(self._deeds) if d.turn not in self._used or not d.turn)
            last = next((d for d in open_ if (d.did or d.undo) and d.at >= since), None)
            if last is None:
                return "nothing", None
            if last.undo is None:
                return ("text" if last.in_window else "cannot"), None
            self._deeds = [
                deed if deed is not last else replace(last, undo=None, did=frozenset()) for deed in self._deeds
            ]
        last.undo()
        return "undone", last
