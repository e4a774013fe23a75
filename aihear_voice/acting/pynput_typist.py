"""Typing on macOS and Windows through pynput, which hands characters to the system as Unicode: no layout to miss.

Not tried on those systems by our tests, which run on Linux.
"""

from __future__ import annotations

import importlib
import sys
import time
from typing import Any

from ..errors import DeviceError
from ..graphemes import graphemes
from .keys import KEYS, chord_of
from .ledger import Delivery, Presses, Target

_WINDOW_KEYS = {
    ("darwin", "close"): "cmd+w",
    ("darwin", "minimize"): "cmd+m",
    ("win32", "close"): "alt+f4",
    ("win32", "minimize"): "super+down",
    ("win32", "maximize"): "super+up",
}


class PynputTypist:
    """Lives in the worker process. The same methods as XTypist."""

    def __init__(self, key_delay_s: float) -> None:
        from pynput import keyboard, mouse

        self._keyboard = keyboard
        self._keys = keyboard.Controller()
        self._mouse = mouse.Controller()
        self._key_delay_s = key_delay_s

    def type(self, text: str, window: int) -> Delivery:
        target = self.focused()
        self.release()
        for char in text:
            self._tap(self._keyboard.Key.enter if char == "\n" else char)
        return Delivery(text, "keys", target)

    def press(self, name: str, times: int, window: int = 0) -> Target:
        chord = chord_of(name, mac=sys.platform == "darwin")
        modifiers = [self._key(name) for name in chord.modifiers]
        for _ in range(times):
            with self._keys.pressed(*modifiers):
                self._tap(self._key(chord.key))
        return self.focused()

    def _key(self, name: str) -> Any:
        return getattr(self._keyboard.Key, KEYS[name].pynput) if name in KEYS else name

    def _tap(self, key: Any) -> None:
        self._keys.tap(key)
        time.sleep(self._key_delay_s)

    def read_selected(self, window: int) -> str | None:
        """These systems have no selection that another program may look at."""
        return None

    def look(self) -> tuple[Target, Presses]:
        """What the person presses by hand is not known here."""
        return self.focused(), Presses()

    def focused(self) -> Target:
        return _front_window_of_mac() if sys.platform == "darwin" else _front_window_of_windows()

    def window(self, action: str, name: str) -> Target | None:
        """The front window, by its program's own keys; None for what these systems have no key for."""
        chord = _WINDOW_KEYS.get((sys.platform, action))
        if name or chord is None:
            return None
        target = self.focused()
        self.press(chord, 1)
        return target

    def workspace(self, where: str, carry: bool) -> bool:
        raise DeviceError("workspaces are changed by voice on Linux only", "not_here", "use this system's own keys")

    def scroll(self, steps: int) -> None:
        self._mouse.scroll(0, steps)

    def standing(self) -> str | None:
        """Not known here."""
        return None

    def take_back(self, text: str, window: int, untouched: bool) -> bool:
        """Blind: these systems do not tell what is selected."""
        if not untouched or self.focused().window != window:
            return False
        for _ in graphemes(text):
            self._tap(self._keyboard.Key.backspace)
        return True

    def select_back(self, text: str, window: int) -> bool:
        return False  # what nobody can look at is not selected

    def unselect(self, text: str, window: int) -> None:
        """Nothing was selected."""

    def take_selected(self, text: str, window: int) -> bool:
        return False

    def stands(self, text: str, window: int, untouched: bool) -> bool:
        return untouched and self.focused().window == window

    def peek(self, window: int, most: int) -> str | None:
        return None

    def release(self) -> None:
        for name in ("shift", "ctrl", "alt", "cmd"):
            self._keys.release(getattr(self._keyboard.Key, name))

    def close(self) -> None:
        """Nothing is kept."""


def _front_window_of_mac() -> Target:
    """The front program: macOS tells windows only with further consent."""
    appkit = importlib.import_module("AppKit")  # comes with pynput there, and is nowhere else
    app = appkit.NSWorkspace.sharedWorkspace().frontmostApplication()
    return Target(int(app.processIdentifier()), "", str(app.localizedName()))


def _front_window_of_windows() -> Target:
    import ctypes

    user32 = ctypes.windll.user32  # type: ignore[attr-defined,unused-ignore]
    window = int(user32.GetForegroundWindow())
    title = ctypes.create_unicode_buffer(256)
    user32.GetWindowTextW(window, title, 256)
    return Target(window, title.value, "")
