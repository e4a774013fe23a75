"""Edits of what we typed. All of them replace its end, and look first whether it still stands before the cursor."""

from __future__ import annotations

import itertools
import threading
from abc import ABC, abstractmethod

from ..errors import AihearError
from ..graphemes import graphemes
from .ledger import Ledger, Past, Target

REACH = 6000  # characters: an edit goes no further back
_WITNESS = 12  # so many characters before the cursor must be ours, where nothing is taken away that would tell


class EditingTypist(ABC):
    """The editing half of ports.Typist.

    Whoever types fulfils what is abstract here. The text is always the end of what we typed into that window; each
    method answers False, and changes nothing, where it does not stand before the cursor, or where nobody can tell.
    """

    def __init__(self) -> None:
        self.ledger = Ledger()
        self._lock = threading.RLock()

    @abstractmethod
    def _look(self) -> Target:
        """The focused window. Raises DeviceError where there is none."""

    @abstractmethod
    def _window_at(self, since: float | None) -> int:
        """The window that was focused then, which is meant; 0 where that is unknown."""

    @abstractmethod
    def _put(self, text: str, target: Target) -> None:
        """Type it into that window, and no other, and into the ledger. Raises DeviceError."""

    @abstractmethod
    def _take(self, text: str, target: Target) -> bool:
        """Take it away."""

    @abstractmethod
    def _take_selected(self, text: str, target: Target) -> bool:
        """Take away what is selected, where that is the text."""

    @abstractmethod
    def _select(self, text: str, target: Target) -> bool:
        """Select it."""

    @abstractmethod
    def _unselect(self, text: str, target: Target) -> None:
        """The cursor is where it was before `_select` of that text, unless it was moved since."""

    @abstractmethod
    def _stands(self, text: str, target: Target) -> bool:
        """Whether it stands before the cursor. "": whether nothing was touched since we typed."""

    @abstractmethod
    def _around(self, target: Target) -> str | None:
        """The last characters before the cursor, where the window tells more than the ledger knows; else None."""

    def where(self) -> tuple[str, str]:
        with self._lock:
            target = self._look()
        return target.app, target.title

    def before(self) -> str:
        with self._lock:
            target = self._look()
            around = self._around(target)
            return self.ledger.before(target.window) if around is None else around

    def typed(self) -> str:
        with self._lock:
            return self.ledger.run(self._look().window)

    def last(self) -> str:
        with self._lock:
            piece = self.ledger.last(self._look().window)
        return "" if piece is None else piece.text

    def selected(self) -> str:
        with self._lock:
            return self.ledger.selected if self.ledger.last(self._look().window) is not None else ""

    def _meant(self, since: float | None) -> Target | None:
        """The focused window; None where the person began to speak to another."""
        target = self._look()
        return target if self._window_at(since) in (0, target.window) else None

    def scratch(self, since: float | None = None) -> str | None:
        with self._lock:
            text = self.selected() or self.last()
            return text if text and self.replace(text, "", since) else None

    def replace(self, old: str, new: str, since: float | None = None) -> bool:
        with self._lock:
            target, past = self._meant(since), self.ledger.past
            if target is None or not self._ours(old, target):
                return False
            if not self._exchange(old, new, target, past):
                return False
            self.ledger.rewrite(past, old, new, target.window)
            return True

    def _ours(self, text: str, target: Target) -> bool:
        return bool(text) and len(text) <= REACH and self.ledger.run(target.window).endswith(text)

    def select(self, text: str, since: float | None = None) -> bool:
        with self._lock:
            target = self._meant(since)
            if target is None or not self._ours(text, target):
                return False
            if self.ledger.selected:
                self._unselect(self.ledger.selected, target)
                self.ledger.selected = ""
            if not self._select(text, target):
                return False
            self.ledger.selected = text
            return True

    def undo(self, since: float | None = None) -> bool | None:
        with self._lock:
            target, past = self._meant(since), self.ledger.past
            if target is None:
                return False
            step = self.ledger.undoable(target.window)
            if step is None or not self._exchange(step.became, step.was, target, past):
                return False if self.ledger.knows(target.window) else None
            self.ledger.undo(past)
            return True

    def redo(self, since: float | None = None) -> bool | None:
        with self._lock:
            target, past = self._meant(since), self.ledger.past
            if target is None:
                return False
            step = self.ledger.redoable(target.window)
            if step is None or not self._exchange(step.was, step.became, target, past):
                return False if self.ledger.knows(target.window) else None
            self.ledger.redo(past)
            return True

    def _exchange(self, old: str, new: str, target: Target, past: Past) -> bool:
        """In the window. The ledger is left to the caller; where typing fails, it says what stands there then."""
        same = 0 if self.ledger.selected == old else _shared(old, new)
        if not self._take_away(old[same:], target):
            return False
        if len(new) == same:
            return True
        try:
            self._put(new[same:], target)
        except AihearError:
            typed = "".join(piece.text for piece in self.ledger if piece not in past.pieces)
            self.ledger.rewrite(past, old[same:], typed, target.window)
            raise
        return True

    def _take_away(self, text: str, target: Target) -> bool:
        selected, self.ledger.selected = self.ledger.selected, ""
        if selected and selected == text:
            return self._take_selected(text, target)
        if selected:
            self._unselect(selected, target)
        if text:
            return self._take(text, target)
        return self._stands(self.ledger.run(target.window)[-_WITNESS:], target)


def _shared(old: str, new: str) -> int:
    """Characters, in whole graphemes, that both begin with."""
    pairs = zip(graphemes(old), graphemes(new), strict=False)
    return sum(len(pair[0]) for pair in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))
