"""The undo ledger: what was typed, where, when and how."""

from __future__ import annotations

import itertools
import time
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..errors import DeviceError

RECENT_S = 600.0  # so long "undo that" means what we typed, and no other window's own undo
KEPT_PIECES = 200  # more than anyone takes back, and bounded
_RETURN = (0xFF0D, 0xFF8D)  # X11 keysyms, as all below
_TYPED = {"enter": "\n", "shift+enter": "\n", "tab": "\t"}  # keys that are text
_HARMLESS = {"copy", "save", "zoom_in", "zoom_out", "volume_up", "volume_down", "volume_mute", "play_pause", "shift"}
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


@dataclass(frozen=True, slots=True)
class Step:
    """A change at the end of the ledger, all in one window: the pieces that stood there, and those that do now."""

    window: int
    before: tuple[Piece, ...]
    after: tuple[Piece, ...]

    @property
    def was(self) -> str:
        return _joined(self.before)

    @property
    def became(self) -> str:
        return _joined(self.after)


@dataclass(frozen=True, slots=True)
class Past:
    """How a ledger stood at one moment."""

    pieces: tuple[Piece, ...]
    done: tuple[Step, ...]
    undone: tuple[Step, ...]


class Ledger:
    """The newest piece last. Not safe for use from several threads at once: the typist's own lock covers it.

    untouched: no key was pressed since that may have moved the cursor or changed the text
    selected: the end of the text, where it is selected: what is typed next takes its place
    """

    def __init__(self) -> None:
        self._past = Past((), (), ())
        self.untouched = True
        self.selected = ""

    def __iter__(self) -> Iterator[Piece]:
        return iter(self._past.pieces)

    @property
    def past(self) -> Past:
        """Up to now; see `rewrite`."""
        return self._past

    def add(self, text: str, method: str, target: Target, verified: str = "") -> None:
        here = self.last(target.window) is not None
        kept = _rewritten(self._past.pieces, self.selected, "") if here else self._past.pieces
        self._become(
            (*kept, Piece(text, method, target, time.time(), self.untouched, verified)), target.window, self._past
        )
        self.untouched = True

    def pressed(self, chord: str, times: int, target: Target) -> None:
        """A key by voice: Enter and Tab are text, like any other; after most others nobody knows what stands where."""
        if chord in _TYPED:
            self.add(_TYPED[chord] * times, "keys", target)
        elif chord not in _HARMLESS:
            self.untouched = False
            self.selected = ""

    def last(self, window: int) -> Piece | None:
        """What was typed last, if that was into this window."""
        pieces = self._past.pieces
        return pieces[-1] if pieces and pieces[-1].target.window == window else None

    def rewrite(self, past: Past, old: str, new: str, window: int) -> None:
        """`new` stands where `old`, the end of the text in the `past`, stood: one step, whatever was added since.

        Each piece keeps its own part of the text, so that "scratch that" takes back what was said at one time.
        """
        self._become(_rewritten(past.pieces, old, new), window, past)

    def _become(self, pieces: tuple[Piece, ...], window: int, past: Past) -> None:
        pairs = zip(past.pieces, pieces, strict=False)
        same = sum(1 for _ in itertools.takewhile(lambda pair: pair[0] is pair[1], pairs))
        step = Step(window, past.pieces[same:], pieces[same:])
        done = (*past.done, step)[-KEPT_PIECES:] if step.before or step.after else past.done
        self._past = Past(pieces[-KEPT_PIECES:], done, ())
        self._settle(step.before, step.after)

    def undoable(self, window: int) -> Step | None:
        """The last step, if it was in this window."""
        step = self._past.done[-1] if self._past.done else None
        return step if step is not None and step.window == window and self._ends_with(step.after) else None

    def redoable(self, window: int) -> Step | None:
        """The step that was undone last, if that was in this window."""
        step = self._past.undone[-1] if self._past.undone else None
        return step if step is not None and step.window == window and self._ends_with(step.before) else None

    def knows(self, window: int) -> bool:
        """Whether anything of ours went there, even if it was taken back, or anywhere else a short while ago."""
        steps = (*self._past.done, *self._past.undone)
        recent = time.time() - RECENT_S
        return any(
            step.window == window or any(piece.at > recent for piece in (*step.before, *step.after)) for step in steps
        )

    def _ends_with(self, pieces: tuple[Piece, ...]) -> bool:
        return not pieces or self._past.pieces[-len(pieces) :] == pieces

    def undo(self, past: Past) -> None:
        """The last step of the past has been undone, by whatever was added since."""
        step = past.done[-1]
        self._past = Past(_swapped(past.pieces, step.after, step.before), past.done[:-1], (*past.undone, step))
        self._settle(step.after, step.before)

    def redo(self, past: Past) -> None:
        step = past.undone[-1]
        self._past = Past(_swapped(past.pieces, step.before, step.after), (*past.done, step), past.undone[:-1])
        self._settle(step.before, step.after)

    def _settle(self, gone: tuple[Piece, ...], instead: tuple[Piece, ...]) -> None:
        self.selected = ""
        if not instead and not all(piece.follows for piece in gone):
            self.untouched = False  # before it stands what stood there when the cursor came

    def before(self, window: int) -> str:
        """What stands before the cursor of this window, or before what is selected there; "" where that is unknown."""
        return self.run(window).removesuffix(self.selected) if self.untouched else ""

    def run(self, window: int) -> str:
        """The text of all pieces that went into this window in a row, up to now, wherever the cursor is since."""
        texts: list[str] = []
        for piece in reversed(self._past.pieces):
            if piece.target.window != window:
                break
            texts.append(piece.text)
            if not piece.follows:
                break
        return "".join(reversed(texts))


def _swapped(pieces: tuple[Piece, ...], there: tuple[Piece, ...], instead: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """there: the last of them."""
    return (*pieces[: len(pieces) - len(there)], *instead)


def _rewritten(pieces: tuple[Piece, ...], old: str, new: str) -> tuple[Piece, ...]:
    """With `new` for `old`, their end. A piece in which nothing changes stays as it is; an empty one goes."""
    whole = _joined(pieces)
    if old == new or not pieces:
        return pieces
    start, end, put = _change(whole, whole[: len(whole) - len(old)] + new)
    found: list[Piece] = []
    first = 0
    for piece in pieces:
        size = len(piece.text)
        left, right = max(0, start - first), max(0, end - first)
        owner = 0 <= start - first < size or start == first + size == len(whole)
        text = piece.text[:left] + put * owner + piece.text[right:]
        if text:
            found.append(piece if text == piece.text else replace(piece, text=text))
        first += size
    return tuple(found)


def _change(old: str, new: str) -> tuple[int, int, str]:
    """Which part of `old` became what, in whole words: "the" -> "them" changes the word, and adds nothing behind it."""
    head = _alike(old, new)
    tail = _alike(old[head:][::-1], new[head:][::-1])
    while head and _in_word(old[head - 1]):
        head -= 1
    while tail and _in_word(old[len(old) - tail]):
        tail -= 1
    return head, len(old) - tail, new[head : len(new) - tail]


def _alike(one: str, other: str) -> int:
    """How many characters they begin with that are the same."""
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))


def _in_word(char: str) -> bool:
    return char.isalnum() and char < "\u2e80"  # from there on words are not parted by spaces


def _joined(pieces: Iterable[Piece]) -> str:
    return "".join(piece.text for piece in pieces)


def clean(text: str) -> str:
    """What can be typed: composed characters (NFC), lines end in \\n, no control characters but \\n and \\t."""
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(c for c in composed if c in "\n\t" or unicodedata.category(c) != "Cc")
