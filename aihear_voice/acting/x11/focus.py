"""Which window was focused when, as the window manager of an X server tells it."""

from __future__ import annotations

import contextlib
import os
import select
import threading
import time
from bisect import bisect_right
from collections import deque

from ...errors import DeviceError
from .desktop import active_window
from .server import connect

_KEPT = 500  # changes: more than anyone makes while one utterance is on its way


class FocusWatch:
    """In the program itself, not in the typist's process: it must know while that is busy, and outlive its end.

    Its thread waits for the server, so that nobody else ever does. A moment without any active window counts for
    the window before: some window managers leave such a gap whenever the focus moves.
    """

    def __init__(self) -> None:
        self._changes: deque[tuple[float, int]] = deque(maxlen=_KEPT)  # (monotonic seconds, window), oldest first
        self._lock = threading.Lock()
        self._stop_read, self._stop_write = os.pipe()
        self._thread = threading.Thread(target=self._serve, name="focus-watch", daemon=True)
        self._thread.start()

    def at(self, moment: float) -> int:
        """0 where it is not known."""
        with self._lock:
            place = bisect_right(self._changes, moment, key=lambda change: change[0])
            return self._changes[place - 1][1] if place else 0

    def meant(self, moment: float) -> int:
        """The same, as the typist numbers it."""
        return self.at(moment)

    def close(self) -> None:
        os.write(self._stop_write, b".")
        self._thread.join(1.0)
        if not self._thread.is_alive():
            os.close(self._stop_read)
            os.close(self._stop_write)

    def _serve(self) -> None:
        from Xlib import X, error

        with contextlib.suppress(DeviceError, error.XError, error.ConnectionClosedError, OSError):
            display = connect()
            root = display.screen().root
            root.change_attributes(event_mask=X.PropertyChangeMask)
            atom = display.intern_atom("_NET_ACTIVE_WINDOW")
            stopped = False
            self._note(active_window(display))
            while not stopped:
                # What a reply brought along is looked at before the socket is waited for.
                while display.pending_events():
                    event = display.next_event()
                    if event.type == X.PropertyNotify and event.atom == atom:
                        self._note(active_window(display))
                ready, _, _ = select.select([display.fileno(), self._stop_read], [], [])
                stopped = self._stop_read in ready
            display.close()

    def _note(self, window: int | None) -> None:
        with self._lock:
            if window and (not self._changes or self._changes[-1][1] != window):
                self._changes.append((time.monotonic(), window))
