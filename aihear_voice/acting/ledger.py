"""The undo ledger: what was typed, where, when and how."""

from __future__ import annotations

import time
import unicodedata
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..errors import DeviceError

KEPT_PIECES = 200  # more than anyone takes back, and bounded
_RETURN = (0xFF0D, 0xFF8D)  # X11 keysyms, as all below
_EDITING = (0xFF08, 0xFF09, *_RETURN, 0xFFFF, *range(0xFF50, 0xFF59))  # BackSpace, Tab, Delete, Home to End, arrows


@dataclass(frozen=True, slots=True)
class Target:
    """A window. window: the system's own number of it; app: X11's class, or the program's name; both may be unknown."""

    window: int = 0
    title: str = ""
    app: str = ""

    @property
    def label(self) -> str:
        """What a person would call it."""
        return self.title or self.app


@dataclass(frozen=True, slots=True)
class Piece:
    """One typed text.

    method: keys or paste; at: seconds since the epoch
    follows: nothing came between the piece before and this one
    verified: how it is known that it arrived, as in Delivery
    """

    text: str
    method: str
    target: Target
    at: float
    follows: bool = True
    verified: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a text.

    typed: what went into the window: less than was asked for where something stopped it
    method: keys, paste, or both, one after the other ("keys+paste")
    verified: how it is known that it arrived: "accessibility" (the window says that it stands there), "receipt" (the
        window fetched it from the clipboard), "" (nothing tells)
    failure: why not all was typed; what was not typed is on the clipboard then, if its hint says so
    """

    typed: str
    method: str
    target: Target
    verified: str = ""
    failure: DeviceError | None = None


@dataclass(frozen=True, slots=True)
class Presses:
    """Keys pressed, as counts. edits: those that change text or move the cursor, Enter among them."""

    edits: int = 0
    enters: int = 0

    def __sub__(self, other: Presses) -> Presses:
        return Presses(self.edits - other.edits, self.enters - other.enters)

    def plus(self, keysym: int) -> Presses:
        """With one more press of this key."""
        edits = 0 < keysym < 0xFE00 or keysym & 0xFF000000 == 0x01000000 or keysym in _EDITING
        return Presses(self.edits + edits, self.enters + (keysym in _RETURN))


class Ledger:
    """The newest piece last. Not safe for use from several threads at once: the typist's own lock covers it."""

    def __init__(self) -> None:
        self._pieces: deque[Piece] = deque(maxlen=KEPT_PIECES)
        self.untouched = True  # no key was pressed since that may have moved the cursor or changed the text

    def __iter__(self) -> Iterator[Piece]:
        return iter(self._pieces)

    def add(self, text: str, method: str, target: Target, verified: str = "") -> None:
        self._pieces.append(Piece(text, method, target, time.time(), self.untouched, verified))
        self.untouched = True

    def pressed(self, chord: str, times: int, target: Target) -> None:
        """A key by voice: Enter is text, like any other; after other keys nobody knows what stands where."""
        if chord == "enter":
            self.add("\n" * times, "keys", target)
        else:
            self.untouched = False

    def last(self, window: int) -> Piece | None:
        """What was typed last, if that was into this window."""
        if self._pieces and self._pieces[-1].target.window == window:
            return self._pieces[-1]
        return None

    def drop_last(self) -> None:
        piece = self._pieces.pop()
        self.untouched = self.untouched and piece.follows

    def before(self, window: int) -> str:
        """The text of all pieces that went into this window in a row, up to now."""
        texts: list[str] = []
        for piece in reversed(self._pieces if self.untouched else ()):
            if piece.target.window != window:
                break
            texts.append(piece.text)
            if not piece.follows:
                break
        return "".join(reversed(texts))


def clean(text: str) -> str:
    """What can be typed: composed characters (NFC), lines end in \\n, no control characters but \\n and \\t."""
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(c for c in composed if c in "\n\t" or unicodedata.category(c) != "Cc")


def graphemes(text: str) -> list[str]:
    """Characters as a person counts them: a base with its marks, a joined emoji, a flag.

    The everyday part of Unicode's rule (UAX 29): marks, variation selectors, skin tones, joiners, flags.
    """
    clusters: list[str] = []
    for char in text:
        if clusters and _continues(clusters[-1], char):
            clusters[-1] += char
        else:
            clusters.append(char)
    return clusters


def _continues(cluster: str, char: str) -> bool:
    if cluster[-1] in "\n\t":
        return False
    if unicodedata.category(char) in ("Mn", "Me", "Mc") or char == "\u200d" or "\U0001f3fb" <= char <= "\U0001f3ff":
        return True
    if cluster[-1] == "\u200d":
        return True
    return _is_flag_half(char) and len(cluster) == 1 and _is_flag_half(cluster)


def _is_flag_half(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"
