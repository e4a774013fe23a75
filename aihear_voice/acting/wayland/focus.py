"""Which window was focused when, as a Wayland compositor tells it."""

from __future__ import annotations

import contextlib
import threading
import time
from bisect import bisect_right
from collections import deque

from ...errors import DeviceError
from .desktop import WaylandDesktop
from .wire import Connection

_KEPT = 500  # changes: more than anyone makes while one utterance is on its way
_ANOTHER = -1  # the number of no window


class WaylandFocus:
    """In the program itself, as x11.focus.FocusWatch. Numbers are its own: each connection numbers windows anew."""

    def __init__(self) -> None:
        self._changes: deque[tuple[float, int]] = deque(maxlen=_KEPT)  # (monotonic seconds, window), oldest first
        self._lock = threading.Lock()
        self._desktop: WaylandDesktop | None = None
        threading.Thread(target=self._connect, name="focus-watch", daemon=True).start()

    def at(self, moment: float) -> int:
        """0 where it is not known."""
        with self._lock:
            place = bisect_right(self._changes, moment, key=lambda change: change[0])
            return self._changes[place - 1][1] if place else 0

    def meant(self, moment: float) -> int:
        """0, the focused one, where that has not changed since, or nobody knows; else a number of no window."""
        with contextlib.suppress(DeviceError):
            if self._desktop is not None:
                self._desktop.connection.roundtrip()  # what changed before now has been told after it
        return 0 if self.at(moment) in (0, self.at(time.monotonic())) else _ANOTHER

    def close(self) -> None:
        if self._desktop is not None:
            self._desktop.connection.close()

    def _connect(self) -> None:
        with contextlib.suppress(DeviceError):
            self._desktop = WaylandDesktop(Connection(), self._note)

    def _note(self, window: int) -> None:
        with self._lock:
            if not self._changes or self._changes[-1][1] != window:
                self._changes.append((time.monotonic(), window))
