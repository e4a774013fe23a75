"""Typing into the focused window: the typist that the program holds, and the one that works in its own process."""

from __future__ import annotations

import contextlib
import sys
import threading
from typing import Any

from ..errors import AihearError, DeviceError
from ..ports import WindowAction
from ..settings import TypingSettings
from ..workers import Worker, WorkerDied
from .keys import check
from .ledger import Ledger, Presses, Target, clean

_START_S = 10.0  # to start the process and connect
_PER_CHARACTER_S = 0.05  # ten times what the slowest measured window took
_SCROLL_MOST = 100


def open_typist(method: str, release_wait_s: float, key_delay_s: float, paste_restore_s: float) -> Any:
    """What a worker calls. Raises DeviceError where there is no display."""
    if sys.platform in ("darwin", "win32"):
        from .pynput_typist import PynputTypist

        return PynputTypist(key_delay_s)
    from .x11_typist import XTypist

    return XTypist(method, release_wait_s, key_delay_s, paste_restore_s)


class DesktopTypist:
    """ports.Typist. A window system that hangs costs a killed process, never the program."""

    def __init__(self, settings: TypingSettings) -> None:
        options = {
            "method": settings.method,
            "release_wait_s": settings.release_wait_s,
            "key_delay_s": settings.key_delay_ms / 1000,
            "paste_restore_s": settings.paste_restore_s,
        }
        self._patience = _START_S + settings.release_wait_s
        self._per_character = _PER_CHARACTER_S + settings.key_delay_ms / 1000
        self._worker = Worker("typist", f"{__name__}:open_typist", options)
        self._lock = threading.RLock()
        self.ledger = Ledger()
        self._edited = False  # the person pressed keys since we typed last

    def warm(self) -> None:
        """Start the process now, which takes a second. Raises DeviceError where there is no display."""
        with self._lock:
            self._call("release")

    def type(self, text: str) -> tuple[str, str]:
        """Raises DeviceError; what had been typed until then stays in the ledger."""
        wanted = clean(text)
        with self._lock:
            target = self._look()
            if not wanted:
                return "keys", target.label
            method, target, typed = self._call("type", wanted, size=len(wanted))
            self.ledger.add(typed, method, target)
        if typed != wanted:
            raise DeviceError(
                f"another window came up after {len(typed)} of {len(wanted)} characters", "focus_lost",
                "go back to the window and say it again",
            )  # fmt: skip
        return method, target.label

    def press(self, chord: str, times: int = 1) -> str:
        """Raises SettingsError where there is no such key, DeviceError where it cannot be pressed."""
        check(chord)
        with self._lock:
            target: Target = self._call("press", chord, times, size=times)
            self.ledger.pressed(chord, times, target)
        return target.label

    def scratch(self) -> str | None:
        with self._lock:
            target = self._look()
            piece = self.ledger.last(target.window)
            if piece is None:
                return None
            arguments = (piece.text, target.window, self.ledger.untouched and not self._edited)
            if not self._call("take_back", *arguments, size=3 * len(piece.text)):
                return None
            self.ledger.drop_last()
            return piece.text

    def before(self) -> str:
        with self._lock:
            return self.ledger.before(self._look().window)

    def window(self, action: WindowAction, name: str = "") -> str | None:
        with self._lock:
            target: Target | None = self._call("window", action, name)
        return None if target is None else target.label

    def scroll(self, steps: int) -> None:
        with self._lock:
            self._call("scroll", max(-_SCROLL_MOST, min(_SCROLL_MOST, steps)))

    def close(self) -> None:
        with self._lock, contextlib.suppress(AihearError):
            self._worker.call("close", timeout=_START_S)
        self._worker.kill()

    def _look(self) -> Target:
        """The focused window. Enter pressed by hand ends what new text is joined to: the message was sent."""
        target: Target
        by_hand: Presses
        target, by_hand = self._call("look")
        self._edited = by_hand.edits != 0
        self.ledger.untouched = self.ledger.untouched and not by_hand.enters
        return target

    def _call(self, method: str, *args: Any, size: int = 0) -> Any:
        try:
            return self._worker.call(method, *args, timeout=self._patience + size * self._per_character)
        except WorkerDied as error:
            with contextlib.suppress(AihearError):
                self._worker.call("release", timeout=_START_S)  # a killed process may leave Shift pressed
            self.ledger.untouched = False
            raise DeviceError("the window system did not answer", "typing_stuck", "try again") from error
