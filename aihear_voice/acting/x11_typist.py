"""Typing on X11: by keys or through the clipboard, whichever brings the exact text to that window."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from ..errors import DeviceError
from .applications import normal_name
from .keys import chord_of, parse
from .ledger import Presses, Target, graphemes
from .paste_chords import SHIFT_INSERT, is_terminal, paste_chord
from .x11_clipboard import XClipboard
from .x11_desktop import XDesktop
from .x11_watch import KeyWatch

_KEYS_UP_TO = 200  # characters, half a second: more takes long enough for the focus to wander; pasting takes 0.1 s
_BEFORE_PASTE_S = 0.03  # clipboard managers read at once what is copied; their read is not the window's
_RECEIPT_S = 3.0  # a window that has not read the clipboard by then will not
_AFTER_RECEIPT_S = 0.05  # a browser hands what it read to the page in another process
_SELECT_S = 1.0  # a window that does not tell by then what is selected in it never will
_SELECT_POLL_S = 0.04
_SELECT_SETTLED_S = 0.3  # unchanged for so long, a selection is all that there will be: busy windows pause between keys


class XTypist:
    """Lives in the worker process. Its methods return plain values, which travel."""

    def __init__(self, method: str, release_wait_s: float, key_delay_s: float, paste_restore_s: float) -> None:
        self._method = method
        self._release_wait_s = release_wait_s
        self._paste_restore_s = paste_restore_s
        self._desktop = XDesktop(key_delay_s)
        self._clipboard: XClipboard | None = None
        self._watch = KeyWatch()
        self._ours = Presses()
        self._by_hand = Presses()  # as it stood when we typed last

    def type(self, text: str) -> tuple[str, Target, str]:
        """(method, where, what was typed: shorter than `text` where the focus went away). Raises DeviceError."""
        target = self._desktop.focused()
        self._by_hand = self._presses_by_hand()
        strokes = self._desktop.strokes()
        by_keys = all(char in strokes for char in text) and self._prefers_keys(text, target)
        self._desktop.free_modifiers(self._release_wait_s)
        if by_keys:
            return "keys", target, self._desktop.write(text, strokes, target)
        self._paste(text, target)
        return "paste", target, text

    def _prefers_keys(self, text: str, target: Target) -> bool:
        if self._method == "keys" or not text.strip("\n\t"):  # a newline alone is the Return key, also in chats
            return True
        if self._method == "paste":
            return False
        # A tab leaves the field; an input method would turn letters into something else.
        return len(text) <= _KEYS_UP_TO and "\t" not in text and not _input_method()

    def _paste(self, text: str, target: Target) -> None:
        chord = paste_chord(target.app)
        # Taking PRIMARY away clears the selection that the text may be meant to replace.
        selections = ("CLIPBOARD", "PRIMARY") if chord == SHIFT_INSERT else ("CLIPBOARD",)
        clipboard = self._own_clipboard()
        clipboard.lend(text, selections)
        time.sleep(_BEFORE_PASTE_S)
        clipboard.watch(target.window)
        self._desktop.chord(parse(chord))
        if not clipboard.received(_RECEIPT_S):
            clipboard.leave()
            raise DeviceError(
                f"{target.label or 'the window'} did not take the text", "not_delivered",
                "it is on the clipboard: paste it yourself, or set typing.method to keys",
            )  # fmt: skip
        clipboard.give_back(self._paste_restore_s)
        time.sleep(_AFTER_RECEIPT_S)

    def press(self, name: str, times: int) -> Target:
        """name: a chord, or one of keys.ACTIONS."""
        chord = chord_of(name, terminal=is_terminal(self._where().app))
        self._desktop.free_modifiers(self._release_wait_s)
        self._desktop.chord(chord, times)
        return self._where()

    def look(self) -> tuple[Target, Presses]:
        """The focused window, and what the person has pressed since we typed last. Raises DeviceError."""
        return self._desktop.focused(), self._presses_by_hand() - self._by_hand

    def _presses_by_hand(self) -> Presses:
        struck, self._desktop.struck = self._desktop.struck, []
        for keycode in struck:
            self._ours = self._ours.plus(self._desktop.keysym(keycode))
        return self._watch.count() - self._ours

    def _where(self) -> Target:
        try:
            return self._desktop.focused()
        except DeviceError:  # keys such as volume_up need no window
            return Target()

    def window(self, action: str, name: str) -> Target | None:
        """name: words of a title or a class; "" is the focused window. None where there is no such window."""
        target = self._desktop.focused() if not name else named(self._desktop.windows(), name)
        if target is not None:
            self._desktop.ask_manager(target.window, action)
        return target

    def scroll(self, steps: int) -> None:
        self._desktop.scroll(steps)

    def take_back(self, text: str, window: int, untouched: bool) -> bool:
        """Remove `text` from before the cursor of this window; False where it is not there any more.

        untouched: nothing was pressed since; a terminal does not tell what stands there, so it must be
        """
        target = self._desktop.focused()
        if target.window != window:
            return False
        self._desktop.free_modifiers(self._release_wait_s)
        if is_terminal(target.app):
            return untouched and self._erase_in_terminal(text)
        return self._erase_selected(text, target)

    def _erase_in_terminal(self, text: str) -> bool:
        if "\n" in text:  # the line has gone to the program
            return False
        self._desktop.chord(parse("backspace"), len(text))  # a terminal's line editor counts code points
        return True

    def _erase_selected(self, text: str, target: Target) -> bool:
        """Select back over it, look whether that is the text, and only then delete it."""
        missing, pressed = text, 0
        while missing:
            steps = len(graphemes(missing))  # too few where a toolkit counts joined emoji by their parts
            self._desktop.chord(parse("shift+left"), steps)
            pressed += steps
            selected = self._selection(text, target)
            if selected == text:
                self._desktop.chord(parse("backspace"))
                return True
            more = text.removesuffix(selected) if selected else text
            if len(more) >= len(missing):  # no part of it, or no further part
                break
            missing = more
        self._desktop.chord(parse("shift+right"), pressed)
        return False

    def _selection(self, wanted: str, target: Target) -> str:
        """What the window has selected, as soon as that is `wanted` or does not change any more."""
        clipboard = self._own_clipboard()
        now = changed = time.monotonic()
        deadline = now + _SELECT_S
        selected = ""
        while now < deadline and selected != wanted and not (selected and now - changed > _SELECT_SETTLED_S):
            time.sleep(_SELECT_POLL_S)
            now, last = time.monotonic(), selected
            if clipboard.owner("PRIMARY") == clipboard.client(target.window):
                selected = clipboard.read("PRIMARY")
            changed = changed if selected == last else now
        return selected

    def release(self) -> None:
        """After another typist was killed in the middle of a key."""
        self._desktop.release_modifiers()

    def _own_clipboard(self) -> XClipboard:
        if self._clipboard is None:
            self._clipboard = XClipboard()
        return self._clipboard

    def close(self) -> None:
        if self._clipboard is not None:
            self._clipboard.close()


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


def _input_method() -> bool:
    """Whether an input method such as ibus or fcitx stands between keys and programs."""
    name = os.environ.get("XMODIFIERS", "").rpartition("@im=")[2]
    return name.lower() not in ("", "none", "local")
