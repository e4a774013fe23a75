"""Whether the person typed by hand since we did: counts key presses, and keeps nothing of which they were.

Taking back in a terminal is done blindly, so it must be known that nothing was typed since.
"""

from __future__ import annotations

import contextlib
import select
import struct
import threading

from .ledger import Presses
from .x11_desktop import connect

_DETAIL = struct.Struct("<HII")  # of a raw event: device, time, keycode (XI2proto.h, xXIRawEvent)


class KeyWatch:
    """Counts all presses, ours included. Its thread reads them away, or the server would keep them for us."""

    def __init__(self) -> None:
        from Xlib.ext import xinput

        self._display = connect()
        self._lock = threading.Lock()  # the connection is used by its thread and by who asks
        self._presses = Presses()
        if self._display.query_extension("XInputExtension"):
            self._display.xinput_query_version()
            events = [(xinput.AllMasterDevices, xinput.RawKeyPressMask)]
            self._display.screen().root.xinput_select_events(events)
            self._display.sync()
        threading.Thread(target=self._serve, name="key-watch", daemon=True).start()

    def count(self) -> Presses:
        """Up to now."""
        with self._lock:
            self._display.sync()
            self._drain()
            return self._presses

    def _serve(self) -> None:
        from Xlib import error

        with contextlib.suppress(error.ConnectionClosedError, OSError, ValueError):
            while True:
                select.select([self._display.fileno()], [], [])
                with self._lock:
                    self._drain()

    def _drain(self) -> None:
        from Xlib.ext import ge, xinput

        while self._display.pending_events():
            event = self._display.next_event()
            if event.type == ge.GenericEventCode and event.evtype == xinput.RawKeyPress:
                keycode = _DETAIL.unpack_from(event.data)[2]
                self._presses = self._presses.plus(self._display.keycode_to_keysym(keycode, 0))
