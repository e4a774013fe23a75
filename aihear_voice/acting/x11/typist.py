"""Typing on X11: by keys or through the clipboard, whichever brings the exact text to that window."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial

from ...errors import DeviceError
from ...graphemes import graphemes
from ..astray import elsewhere, taken
from ..keys import Chord, parse
from ..ledger import Delivery, Presses, Target
from ..paste_chords import SHIFT_INSERT, paste_chord
from ..window_typist import AFTER_RECEIPT_S, RECEIPT_S, Read, WindowTypist, named, not_delivered, settled
from .clipboard import XClipboard
from .desktop import XDesktop

_TURNS = 20  # between keys and paste within one text: a layout that changes more often is nobody's doing
_TAKEN_WAIT_S = 1.5  # how long a menu, or a key of the desktop that is held, may keep the keyboard from us
_TAKEN_POLL_S = 0.02
_RAISED_S = 1.0  # how long a window manager may take to bring a window up
_BEFORE_PASTE_S = 0.03  # clipboard managers read at once what is copied; their read is not the window's


@dataclass(frozen=True, slots=True)
class _Part:
    """What was typed in one go. failure: why no more; without one it is worth another try.

    receipt: the window's own program is known to have fetched it
    """

    method: str = "keys"
    typed: str = ""
    receipt: bool = False
    failure: DeviceError | None = None


class XTypist(WindowTypist):
    """On one X server."""

    def __init__(self, method: str, release_wait_s: float, key_delay_s: float, paste_restore_s: float) -> None:
        super().__init__(method, paste_restore_s)
        self._release_wait_s = release_wait_s
        self._desktop = XDesktop(key_delay_s)
        self._keyboard = self._desktop.keyboard
        self._clipboard: XClipboard | None = None
        self._ours = Presses()
        self._by_hand = Presses()  # as it stood when we typed last

    def type(self, text: str, window: int) -> Delivery:
        """Into this window and no other; 0 is the focused one. What could not be typed is put on the clipboard."""
        self._by_hand = self._presses_by_hand()
        target = self._where()
        if not target.window or self._is_another(target, window):
            return Delivery("", "keys", target, failure=self._kept(text, elsewhere(target)))
        field = self._field(target)
        parts: list[_Part] = []
        typed = ""
        with self._at_the_keys():
            while typed != text and len(parts) < _TURNS and not (parts and parts[-1].failure):
                parts.append(self._type_some(text[len(typed) :], target, bool(typed)))
                typed += parts[-1].typed
        failure = parts[-1].failure
        if typed != text:
            changing = DeviceError("the keyboard's layout does not stay as it is", "layout_changes", "try again")
            failure = self._kept(text[len(typed) :], failure or changing, len(typed))
        done = [part for part in parts if part.typed]
        method = "+".join(dict.fromkeys(part.method for part in done)) or "keys"
        receipt = "receipt" if done and all(part.receipt for part in done) else ""
        return Delivery(typed, method, target, self._verified(typed, field, receipt), failure)

    def _type_some(self, text: str, target: Target, begun: bool) -> _Part:
        failure = self._in_the_way(target, begun)
        if failure is not None:
            return _Part(failure=failure)
        layout = self._keyboard.layout()
        if layout.has(text) and self._prefers_keys(text):
            count = self._keyboard.write(text, layout, self._aim(target.window))
            return _Part("keys", text[:count])
        try:
            return self._paste(text, target)
        except DeviceError as error:  # the clipboard cannot be had
            return _Part(failure=error)

    def _in_the_way(self, target: Target, begun: bool) -> DeviceError | None:
        """Why keys cannot go to that window now."""
        deadline = time.monotonic() + _TAKEN_WAIT_S
        while True:
            focused, held = self._desktop.has_keys(target.window), False
            # A list of suggestions that comes up while we type holds the keyboard, too, and hands keys on.
            if focused and not begun:
                held = self._desktop.keyboard_taken(target)
            if focused and not held:
                break
            if time.monotonic() > deadline or not (focused or self._desktop.is_active(target.window)):
                return taken() if held else elsewhere(self._where())
            time.sleep(_TAKEN_POLL_S)
        if self._keyboard.locked():
            hint = "let go of Shift, Ctrl, Alt; look for sticky keys"
            return DeviceError("modifier keys are locked down", "keys_held", hint)
        return None

    def _is_another(self, target: Target, window: int) -> bool:
        """window: the one that is meant; 0 is any."""
        return bool(window) and target.window != window and not self._desktop.is_active(window)

    def _paste(self, text: str, target: Target) -> _Part:
        chord = paste_chord(target.app)
        # Taking PRIMARY away clears the selection that the text may be meant to replace.
        selections = ("CLIPBOARD", "PRIMARY") if chord == SHIFT_INSERT else ("CLIPBOARD",)
        clipboard = self._own_clipboard()
        clipboard.lend(text, selections)
        time.sleep(_BEFORE_PASTE_S)
        clipboard.watch(target.window)
        if not self._keyboard.chord(parse(chord), goes=self._aim(target.window)):
            clipboard.give_back(0.0)
            return _Part(failure=self._in_the_way(target, begun=True))
        receipt = clipboard.received(RECEIPT_S)
        if not receipt:
            clipboard.leave()
            return _Part(failure=not_delivered(target))
        clipboard.give_back(self._paste_restore_s)
        time.sleep(AFTER_RECEIPT_S)
        return _Part("paste", text, receipt == "window")

    def _aim(self, window: int) -> Callable[[], bool]:
        """What tells whether keys go there; 0 is anywhere."""
        return lambda: not window or self._desktop.has_keys(window)

    def _chord(self, chord: Chord, times: int, target: Target | None) -> int:
        return self._keyboard.chord(chord, times, self._aim(target.window if target is not None else 0))

    def _at_the_keys(self) -> AbstractContextManager[None]:
        """No modifier is down within, whatever the person holds."""
        return self._keyboard.bare(self._release_wait_s)

    def look(self) -> tuple[Target, Presses]:
        """The focused window, and what the person has pressed since we typed last. Raises DeviceError."""
        return self._desktop.focused(), self._presses_by_hand() - self._by_hand

    def _presses_by_hand(self) -> Presses:
        struck, self._keyboard.struck = self._keyboard.struck, []
        for keysym in struck:
            self._ours = self._ours.plus(keysym)
        return self._desktop.watch.count() - self._ours

    def _focused(self) -> Target:
        return self._desktop.focused()

    def _process(self, target: Target) -> int:
        return self._desktop.process(target.window)

    def _has_input_method(self) -> bool:
        return self._desktop.has_input_method()

    def window(self, action: str, name: str) -> Target | None:
        """name: words of a title or a class; "" is the focused window. None where there is no such window."""
        target = self._desktop.focused() if not name else named(self._desktop.windows(), name)
        if target is not None:
            self._desktop.ask_manager(target.window, action)
            if action == "activate":
                self._await_focus(target.window)
        return target

    def _await_focus(self, window: int) -> None:
        """What is typed next is meant for it; a window manager that does not want to is not waited for any longer."""
        deadline = time.monotonic() + _RAISED_S
        while not (self._desktop.is_active(window) and self._desktop.has_keys(window)):
            if time.monotonic() > deadline:
                return
            time.sleep(_TAKEN_POLL_S)

    def workspace(self, where: str, carry: bool) -> bool:
        """Raises DeviceError where the window manager has none."""
        here, count = self._desktop.workspaces()
        wanted = {"next": (here + 1) % count, "previous": (here - 1) % count}.get(where)
        wanted = int(where) - 1 if wanted is None else wanted
        if not 0 <= wanted < count:
            return False
        if carry:
            self._desktop.carry(self._desktop.focused().window, wanted)
        else:
            self._desktop.go_to(wanted)
        return True

    def scroll(self, steps: int) -> None:
        self._desktop.scroll(steps)

    @contextlib.contextmanager
    def _selecting(self, target: Target) -> Iterator[Callable[[], Read]]:
        """PRIMARY is ours: who owns it then has selected something since. An old selection must not pass for a new."""
        clipboard = self._own_clipboard()
        clipboard.lend("", ("PRIMARY",))
        try:
            yield lambda: partial(self._primary, target)
        finally:
            clipboard.give_back(self._paste_restore_s)

    def _primary(self, target: Target) -> str | None:
        clipboard = self._own_clipboard()
        theirs = clipboard.owner("PRIMARY") == clipboard.client(target.window)
        return clipboard.read("PRIMARY") if theirs else None

    def peek(self, window: int, most: int) -> str | None:
        """Up to so many characters before the cursor; None where nobody can tell."""
        target = self._telling(window)
        if target is None:
            return None
        with self._at_the_keys(), self._selecting(target) as looking:
            read = looking()
            self._chord(parse("shift+left"), most, target)
            found = settled(read, None)
            self._chord(parse("shift+right"), len(graphemes(found)), target)
        return found

    def release(self) -> None:
        """After another typist was killed in the middle of a key."""
        self._keyboard.release()

    def _own_clipboard(self) -> XClipboard:
        if self._clipboard is None:
            self._clipboard = XClipboard()
        return self._clipboard

    def close(self) -> None:
        super().close()
        if self._clipboard is not None:
            self._clipboard.close()
