"""Typing into the focused window: the typist that the program holds, and the one that works in its own process."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from ..errors import AihearError, CutShort, DeviceError
from ..ports import WindowAction
from ..settings import TypingSettings
from ..types import Insertion
from ..workers import Worker, WorkerDied
from .astray import elsewhere
from .editing import EditingTypist
from .keys import check
from .ledger import Delivery, Presses, Target, clean
from .wayland.wire import wayland_session

if TYPE_CHECKING:
    from .wayland.focus import WaylandFocus
    from .x11.focus import FocusWatch

_START_S = 10.0  # to start the process and connect
_PER_CHARACTER_S = 0.05  # ten times what the slowest measured window took
_SCROLL_MOST = 100
_PEEK = 3  # characters before the cursor tell whether a sentence, a line or a word goes on


def open_typist(method: str, release_wait_s: float, key_delay_s: float, paste_restore_s: float) -> Any:
    """What a worker calls. Raises DeviceError where there is no display."""
    if sys.platform in ("darwin", "win32"):
        from .pynput_typist import PynputTypist

        return PynputTypist(key_delay_s)
    if wayland_session():
        from .wayland.typist import WaylandTypist

        with contextlib.suppress(DeviceError) if os.environ.get("DISPLAY") else contextlib.nullcontext():
            return WaylandTypist(method, key_delay_s, paste_restore_s)
        # Nothing answers there: the variable is of a session that has ended.
    from .x11.typist import XTypist

    return XTypist(method, release_wait_s, key_delay_s, paste_restore_s)


def has_screen() -> bool:
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY")) or wayland_session()


def open_focus_watch() -> FocusWatch | WaylandFocus | None:
    """None on systems where nobody tells."""
    if sys.platform in ("darwin", "win32") or not has_screen():
        return None
    if wayland_session():
        from .wayland.focus import WaylandFocus

        return WaylandFocus()
    from .x11.focus import FocusWatch

    return FocusWatch()


def _insertion(delivery: Delivery) -> Insertion:
    return Insertion(delivery.method, delivery.target.label, delivery.verified, delivery.target.app)


class DesktopTypist(EditingTypist):
    """ports.Typist. A window system that hangs costs a killed process, never the program."""

    def __init__(self, settings: TypingSettings) -> None:
        super().__init__()
        options = {
            "method": settings.method,
            "release_wait_s": settings.release_wait_s,
            "key_delay_s": settings.key_delay_ms / 1000,
            "paste_restore_s": settings.paste_restore_s,
        }
        self._patience = _START_S + settings.release_wait_s
        self._per_character = _PER_CHARACTER_S + settings.key_delay_ms / 1000
        self._worker = Worker("typist", f"{__name__}:open_typist", options)
        self._started = False
        self._edited = False  # the person pressed keys since we typed last
        self._sent = False  # Enter among them
        self._moved = 0.0  # monotonic seconds when we asked for another window ourselves
        self._focus: FocusWatch | WaylandFocus | None = None

    def warm(self) -> None:
        """See from now on which window is focused when."""
        self._focus = open_focus_watch()

    def soon(self) -> None:
        """Start the process, which takes a second and 36 MB; the caller does not wait."""
        if not self._started and has_screen():
            self._started = True
            threading.Thread(target=self._start, name="typist-start", daemon=True).start()

    def _start(self) -> None:
        with self._lock, contextlib.suppress(AihearError):  # it is told when something is to be typed
            self._call("look")

    def type(self, text: str, since: float | None = None) -> Insertion:
        """Raises DeviceError; what had been typed until then stays in the ledger."""
        wanted = clean(text)
        with self._lock:
            target = self._look_around()
            if not wanted:
                return Insertion("keys", target.label)
            delivery = self._deliver(wanted, self._window_at(since) or target.window)
        return _insertion(delivery)

    def _deliver(self, text: str, window: int) -> Delivery:
        delivery: Delivery = self._call("type", text, window, size=len(text))
        if delivery.typed:
            self.ledger.add(delivery.typed, delivery.method, delivery.target, delivery.verified)
        failure = delivery.failure
        if failure is not None and delivery.typed:
            raise CutShort(failure.message, failure.code, failure.hint, delivery.typed, _insertion(delivery))
        if failure is not None:
            raise failure
        return delivery

    def press(self, chord: str, times: int = 1, since: float | None = None) -> str:
        """Raises SettingsError where there is no such key, DeviceError where it cannot be pressed."""
        check(chord)
        with self._lock:
            try:
                target: Target = self._call("press", chord, times, self._window_at(since), size=times)
            except DeviceError:
                self.ledger.untouched = False  # some of them may have been pressed
                raise
            self.ledger.pressed(chord, times, target)
        return target.label

    def target_at(self, moment: float) -> int:
        return self._focus.at(moment) if self._focus is not None else 0

    def _window_at(self, since: float | None) -> int:
        """The window that was focused then; 0 where that is unknown, or we ourselves asked for another since."""
        if self._focus is None or since is None or since <= self._moved:
            return 0
        return self._focus.meant(since)

    def _look_around(self) -> Target:
        """The focused window; an unknown one where there is none: then the text goes to the clipboard."""
        try:
            return self._look()
        except DeviceError as error:
            if error.code != "no_focus":
                raise
            return Target()

    def window(self, action: WindowAction, name: str = "", since: float | None = None) -> str | None:
        with self._lock:
            if not name and self._meant(since) is None:
                raise elsewhere(self._look())
            target: Target | None = self._call("window", action, name)
            self._moved = time.monotonic()
        return None if target is None else target.label

    def workspace(self, where: str, carry: bool = False, since: float | None = None) -> bool:
        with self._lock:
            if carry and self._meant(since) is None:
                raise elsewhere(self._look())
            done = bool(self._call("workspace", where, carry))
            self._moved = time.monotonic()
        return done

    def scroll(self, steps: int) -> None:
        with self._lock:
            self._call("scroll", max(-_SCROLL_MOST, min(_SCROLL_MOST, steps)))

    def read_selected(self, since: float | None = None) -> str | None:
        with self._lock:
            target = self._meant(since)
            found: str | None = None if target is None else self._call("read_selected", target.window)
        return found

    def close(self) -> None:
        if self._focus is not None:
            self._focus.close()
        with self._lock, contextlib.suppress(AihearError):
            if self._worker.alive:
                self._worker.call("close", timeout=_START_S)
        self._worker.kill()

    def _look(self) -> Target:
        """The focused window. Enter pressed by hand ends what new text is joined to: the message was sent."""
        target: Target
        by_hand: Presses
        target, by_hand = self._call("look")
        self._edited, self._sent = by_hand.edits != 0, by_hand.enters != 0
        self.ledger.untouched = self.ledger.untouched and not by_hand.enters
        return target

    @property
    def _untouched(self) -> bool:
        """Nothing was pressed since, neither by voice nor by hand."""
        return self.ledger.untouched and not self._edited

    def _put(self, text: str, target: Target) -> None:
        self._deliver(text, target.window)

    def _take(self, text: str, target: Target) -> bool:
        return bool(self._call("take_back", text, target.window, self._untouched, size=3 * len(text)))

    def _take_selected(self, text: str, target: Target) -> bool:
        return bool(self._call("take_selected", text, target.window))

    def _select(self, text: str, target: Target) -> bool:
        return bool(self._call("select_back", text, target.window, size=3 * len(text)))

    def _unselect(self, text: str, target: Target) -> None:
        self._call("unselect", text, target.window, size=len(text))

    def _stands(self, text: str, target: Target) -> bool:
        return bool(self._call("stands", text, target.window, self._untouched, size=3 * len(text)))

    def _around(self, target: Target) -> str | None:
        """Looked for by keys only where we typed last, and the person or a key by voice has moved the cursor since."""
        standing: str | None = self._call("standing")
        if standing is not None:
            return standing
        if self._untouched or self._sent or self.ledger.last(target.window) is None:
            return None
        around: str | None = self._call("peek", target.window, _PEEK)
        return around

    def _call(self, method: str, *args: Any, size: int = 0) -> Any:
        try:
            return self._worker.call(method, *args, timeout=self._patience + size * self._per_character)
        except WorkerDied as error:
            with contextlib.suppress(AihearError):
                self._worker.call("release", timeout=_START_S)  # a killed process may leave Shift pressed
            self.ledger.untouched = False
            raise DeviceError("the window system did not answer", "typing_stuck", "try again") from error
