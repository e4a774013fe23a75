"""Whether the person typed by hand since we did: counts key presses, and keeps nothing of which they were.

Taking back in a terminal is done blindly, so it must be known that nothing was typed since. Which keys are down
just now is known too, whoever holds them: a modifier that we released is pressed again for who still holds it.
"""

from __future__ import annotations

import contextlib
import select
import struct
import threading
from collections import Counter

from ..ledger import Presses
from .server import connect

_DETAIL = struct.Struct("<HII")  # of a raw event: device, time, keycode (XI2proto.h, xXIRawEvent)


class KeyWatch:
    """Counts all presses, ours included. Its thread reads them away, or the server would keep them for us."""

    def __init__(self) -> None:
        from Xlib.ext import xinput

        self._display = connect()
        self._lock = threading.Lock()  # the connection is used by its thread and by who asks
        self._presses = Presses()
        self._balance: Counter[int] = Counter()
        self.works = bool(self._display.query_extension("XInputExtension"))
        if self.works:
            self._ask_for_all()
            events = [(xinput.AllMasterDevices, xinput.RawKeyPressMask | xinput.RawKeyReleaseMask)]
            self._display.screen().root.xinput_select_events(events)
            self._display.sync()
        threading.Thread(target=self._serve, name="key-watch", daemon=True).start()

    def _ask_for_all(self) -> None:
        """As XInput 2.1: python-xlib's own call says 2.0, and is told of no key while a menu holds the keyboard."""
        from Xlib.ext import xinput

        xinput.XIQueryVersion(
            display=self._display.display,
            opcode=self._display.display.get_extension_major(xinput.extname),
            major_version=2,
            minor_version=1,
        )

    def count(self) -> Presses:
        """Up to now."""
        with self._lock:
            self._display.sync()
            self._drain()
            return self._presses

    def balance(self) -> dict[int, int]:
        """Presses minus releases by keycode, up to now, of those keys for which they differ."""
        with self._lock:
            self._display.sync()
            self._drain()
            return dict(self._balance)

    def _serve(self) -> None:
        from Xlib import error

        with contextlib.suppress(error.ConnectionClosedError, OSError, ValueError):
            while True:
                select.select([self._display.fileno()], [], [])
                with self._lock:
                    self._drain()

    def _drain(self) -> None:
        from Xlib import X
        from Xlib.ext import ge, xinput

        while self._display.pending_events():
            event = self._display.next_event()
            if event.type == X.MappingNotify:
                self._display.refresh_keyboard_mapping(event)
            elif event.type == ge.GenericEventCode and event.evtype in (xinput.RawKeyPress, xinput.RawKeyRelease):
                self._note(_DETAIL.unpack_from(event.data)[2], event.evtype == xinput.RawKeyPress)

    def _note(self, keycode: int, down: bool) -> None:
        self._balance[keycode] += 1 if down else -1
        if not self._balance[keycode]:
            del self._balance[keycode]
        if down:
            self._presses = self._presses.plus(self._display.keycode_to_keysym(keycode, 0))
