"""What typing on X11 and on Wayland have in common: what goes where, what stands before the cursor, taking it back."""

from __future__ import annotations

import contextlib
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Protocol

from ..errors import DeviceError
from ..graphemes import graphemes
from .accessibility import Accessibility, Field
from .applications import normal_name
from .astray import elsewhere
from .keys import Chord, chord_of, parse
from .ledger import Target
from .paste_chords import is_modal, is_terminal

RECEIPT_S = 3.0  # a window that has not read the clipboard by then will not
AFTER_RECEIPT_S = 0.05  # a browser hands what it read to the page in another process

_KEYS_UP_TO = 200  # characters, half a second: more takes long enough for the focus to wander; pasting takes 0.1 s
_SELECT_S = 1.0  # a window that does not tell by then what is selected in it never will
_SELECT_POLL_S = 0.04
_SELECT_SETTLED_S = 0.3  # unchanged for so long, a selection is all that there will be: busy windows pause between keys

# What the desktop itself takes, or what changes the window: nobody's text is touched by these.
_ANYWHERE = {
    "volume_up", "volume_down", "volume_mute", "play_pause", "next_track", "previous_track", "print_screen",
    "next_window", "previous_window",
}  # fmt: skip

Read = Callable[[], str | None]  # what is selected by now; None where nothing was selected yet


class Keeper(Protocol):
    """A clipboard, as far as it serves for what could not be typed."""

    def keep(self, text: str) -> None: ...


class WindowTypist(ABC):
    """Lives in the worker process. Its methods return plain values, which travel.

    Whoever knows the window system fulfils what is abstract here.
    """

    def __init__(self, method: str, paste_restore_s: float) -> None:
        self._method = method
        self._paste_restore_s = paste_restore_s
        self._accessibility = Accessibility()
        self._marked = 0  # steps that the last selection went back

    @abstractmethod
    def _focused(self) -> Target:
        """The window that keys go to. Raises DeviceError where there is none."""

    @abstractmethod
    def _is_another(self, target: Target, window: int) -> bool:
        """window: the one that is meant; 0 is any."""

    @abstractmethod
    def _process(self, target: Target) -> int:
        """Whose window it is; 0 where nobody tells."""

    @abstractmethod
    def _own_clipboard(self) -> Keeper | None:
        """The clipboard. Raises DeviceError where it cannot be had; None where there is none."""

    @abstractmethod
    def _has_input_method(self) -> bool:
        """Whether one such as ibus or fcitx stands between keys and programs, and may turn letters into others."""

    @abstractmethod
    def _at_the_keys(self) -> AbstractContextManager[None]:
        """Around keys of ours."""

    @abstractmethod
    def _chord(self, chord: Chord, times: int, target: Target | None) -> int:
        """How often it was pressed before the focus left the target; None: wherever it goes. Raises DeviceError."""

    @abstractmethod
    def _selecting(self, target: Target) -> AbstractContextManager[Callable[[], Read] | None]:
        """Gives what looks from now on for what is selected in that window; None where nobody can tell."""

    @abstractmethod
    def _primary(self, target: Target) -> str | None:
        """What was selected last, in this window as far as anybody tells; None where nothing was."""

    # Typing

    def _kept(self, text: str, failure: DeviceError, typed: int = 0) -> DeviceError:
        """The same failure, once what was not typed is on the clipboard. typed: how many characters were before."""
        message = f"{failure.message}; {typed} characters were typed before" if typed else failure.message
        hint = failure.hint
        if failure.code != "not_delivered":  # else it is there already
            with contextlib.suppress(DeviceError):
                keeper = self._own_clipboard()
                if keeper is not None:
                    keeper.keep(text)
                    what = "the rest" if typed else "the text"
                    hint = f"{what} is on the clipboard: paste it where it belongs" + (f"; {hint}" if hint else "")
        return DeviceError(message, failure.code, hint)

    def _prefers_keys(self, text: str) -> bool:
        if self._method == "keys" or not text.strip("\n\t"):  # a newline alone is the Return key, also in chats
            return True
        if self._method == "paste":
            return False
        # A tab leaves the field; an input method would turn letters into something else.
        return len(text) <= _KEYS_UP_TO and "\t" not in text and not self._has_input_method()

    def _verified(self, typed: str, field: Field | None, otherwise: str) -> str:
        """field: where the text went, if that can be looked at."""
        shown = typed and field is not None and self._accessibility.shows(field, typed)
        return "accessibility" if shown else otherwise

    def press(self, name: str, times: int, window: int) -> Target:
        """name: a chord, or one of keys.ACTIONS. window: no other may be focused; 0 is any. Raises DeviceError."""
        target = self._where()
        anywhere = name in _ANYWHERE
        if self._is_another(target, window) and not anywhere:
            raise elsewhere(target)
        chord = chord_of(name, terminal=is_terminal(target.app))
        with self._at_the_keys():
            done = self._chord(chord, times, None if anywhere else target)
        if done < times:
            raise elsewhere(self._where())
        return self._where()

    # Looking

    def _where(self) -> Target:
        try:
            return self._focused()
        except DeviceError:  # keys such as volume_up need no window
            return Target()

    def _field(self, target: Target) -> Field | None:
        """The text field that has the focus, where the window tells."""
        return self._accessibility.field(self._process(target))

    def standing(self) -> str | None:
        """What stands before the cursor of the focused window; None where nothing tells."""
        target = self._where()
        if is_terminal(target.app):  # it would tell of prompts, too
            return None
        field = self._field(target)
        return None if field is None else self._accessibility.before(field)

    def read_selected(self, window: int) -> str | None:
        """What the person selected last in this window; None where another is focused, or nobody tells."""
        target = self._where()
        return self._primary(target) if target.window and target.window == window else None

    def _telling(self, window: int) -> Target | None:
        """The focused window, where it is this one and tells what is selected in it."""
        target = self._where()
        if not target.window or target.window != window or is_terminal(target.app) or is_modal(target.app):
            return None
        return target

    def stands(self, text: str, window: int, untouched: bool) -> bool:
        """Whether `text` is before the cursor; where nobody can tell, whether nothing was touched since."""
        target = self._telling(window)
        if target is None or not text:
            return untouched and self._where().window == window != 0
        standing = self.standing()
        if standing is not None:
            return standing.endswith(text)
        with self._at_the_keys():
            if not self._select_back(text, target):
                return False
            self._go_back(target)
        return True

    # Taking back

    def take_back(self, text: str, window: int, untouched: bool) -> bool:
        """Remove `text` from before the cursor of this window; False where it is not there any more.

        untouched: nothing was touched since; a terminal does not tell what stands there, so it must be
        """
        target = self._focused()
        if not target.window or target.window != window:
            return False
        with self._at_the_keys():
            if is_terminal(target.app):
                return untouched and self._erase_in_terminal(text, target)
            # Selected back over, and looked at whether that is the text, before it is deleted.
            return self._select_back(text, target) and self._erase(target)

    def _erase_in_terminal(self, text: str, target: Target) -> bool:
        if "\n" in text:  # the line has gone to the program
            return False
        # A terminal's line editor counts code points.
        return self._chord(parse("backspace"), len(text), target) == len(text)

    def _erase(self, target: Target) -> bool:
        return self._chord(parse("backspace"), 1, target) == 1

    def _select_back(self, text: str, target: Target) -> bool:
        """Select the text before the cursor; where it is another, the cursor is put back where it was."""
        missing, self._marked = text, 0
        with self._selecting(target) as looking:
            while missing and looking is not None:
                read = looking()
                steps = len(graphemes(missing))  # too few where a toolkit counts joined emoji by their parts
                self._marked += self._chord(parse("shift+left"), steps, target)
                selected = settled(read, text)
                if selected == text:
                    return True
                more = text.removesuffix(selected) if selected else text
                if len(more) >= len(missing):  # no part of it, or no further part
                    break
                missing = more
        if self._marked:
            self._go_back(target)
        return False

    def _go_back(self, target: Target) -> None:
        """To where the cursor was before the last selection."""
        self._chord(parse("shift+right"), self._marked, target)

    def select_back(self, text: str, window: int) -> bool:
        """Select `text`, which stands before the cursor; False where it does not, or where nobody can tell."""
        target = self._telling(window)
        if target is None:
            return False
        with self._at_the_keys():
            return self._select_back(text, target)

    def unselect(self, text: str, window: int) -> None:
        """After `select_back` of that text: the cursor is where it was, unless the person has moved it since."""
        target = self._telling(window)
        if target is not None:
            with self._at_the_keys():
                if self._is_selected(text, target):
                    self._go_back(target)

    def take_selected(self, text: str, window: int) -> bool:
        """Delete what is selected, where that is `text`."""
        target = self._telling(window)
        if target is None:
            return False
        with self._at_the_keys():
            return self._is_selected(text, target) and self._erase(target)

    def _is_selected(self, text: str, target: Target) -> bool:
        """Many windows go on telling what was selected last: a step to and fro shows whether it still is."""
        read = partial(self._primary, target)
        if settled(read, text) != text:
            return False
        to, fro = ("right", "left") if len(graphemes(text)) > 1 else ("left", "right")
        self._chord(parse(f"shift+{to}"), 1, target)
        moved = _changed(read, text)
        if moved == text:
            return False
        self._chord(parse(f"shift+{fro}"), 1, target)
        return (text.endswith(moved) or moved.endswith(text)) and settled(read, text) == text

    def close(self) -> None:
        self._accessibility.close()


def settled(read: Read, wanted: str | None) -> str:
    """What is selected, as soon as that is `wanted` or does not change any more; "" where nothing is in time."""
    now = changed = time.monotonic()
    deadline = now + _SELECT_S
    selected = ""
    while now < deadline and selected != wanted and not (selected and now - changed > _SELECT_SETTLED_S):
        time.sleep(_SELECT_POLL_S)
        now, last = time.monotonic(), selected
        found = read()
        selected = last if found is None else found
        changed = changed if selected == last else now
    return selected


def _changed(read: Read, old: str) -> str:
    """What is selected, as soon as that is another than `old`; else `old`."""
    deadline = time.monotonic() + _SELECT_S
    while time.monotonic() < deadline:
        now = read()
        if now is not None and now != old:
            return now
        time.sleep(_SELECT_POLL_S)
    return old


def not_delivered(target: Target) -> DeviceError:
    message = f"{target.label or 'the window'} did not take the text"
    hint = "it is on the clipboard: paste it yourself, or set typing.method to keys"
    return DeviceError(message, "not_delivered", hint)


def named(windows: Sequence[Target], name: str) -> Target | None:
    """The topmost one whose class is `name`, else whose class or title holds all its words."""
    wanted = normal_name(name)
    for window in reversed(windows):
        if normal_name(window.app) == wanted:
            return window
    words = set(wanted.split())
    for window in reversed(windows):
        if words and words <= set(normal_name(f"{window.app} {window.title}").split()):
            return window
    return None
