"""The windows of a Wayland session, where its compositor tells them: wlr-foreign-toplevel-management."""

from __future__ import annotations

import contextlib
import secrets
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ...errors import DeviceError
from ..ledger import Target
from .wire import Connection, Thing, now_ms

_ACTIVATED = 2  # of the protocol's states
_VERTICAL, _WHEEL = 0, 0  # of wl_pointer's axes and axis sources
_STEP = 15.0  # how far one turn of a wheel goes, as libinput says it
_ASKS = {
    "close": "close", "minimize": "set_minimized", "maximize": "set_maximized", "restore": "unset_maximized",
    "windowed": "unset_fullscreen",
}  # fmt: skip


@dataclass
class _Window:
    number: int
    handle: Thing
    title: str = ""
    app: str = ""
    active: bool = False

    def target(self) -> Target:
        return Target(self.number, self.title, self.app)


class WaylandDesktop:
    """tells: whether this compositor says which windows there are, and which one is focused"""

    def __init__(self, connection: Connection, activated: Callable[[int], None] = lambda window: None) -> None:
        """activated: called with the number of each window that comes to be focused, in the connection's thread."""
        self.connection = connection
        self._activated = activated
        self.seat = connection.bind("wl_seat", 1)
        self._windows: list[_Window] = []  # the one that was activated last stands last
        # Handles are numbered anew in each connection; a number from an earlier one must not mean another window.
        self._last_number = secrets.randbits(40) << 16
        self._manager = connection.bind("zwlr_foreign_toplevel_manager_v1", 2, self._manager_event)
        pointers = connection.bind("zwlr_virtual_pointer_manager_v1", 1)
        self._pointers = pointers
        self._pointer: Thing | None = None
        connection.roundtrip()
        connection.roundtrip()  # the handles were made in the first one, their titles come in the second

    @property
    def tells(self) -> bool:
        return self._manager is not None

    @property
    def scrolls(self) -> bool:
        return self._pointers is not None

    def focused(self) -> Target:
        """The window that keys go to; one without a number where that is not known. Raises DeviceError."""
        self.connection.roundtrip()
        if not self.tells:
            return Target()
        with self.connection.news:
            active = [window.target() for window in self._windows if window.active]
        if not active:
            raise DeviceError("no window is focused", "no_focus", "click into the text field first")
        return active[-1]

    def windows(self) -> list[Target]:
        """The one that was used last stands last."""
        self.connection.roundtrip()
        with self.connection.news:
            return [window.target() for window in self._windows]

    def ask(self, number: int, action: str) -> None:
        """action: one of ports.WindowAction, but for left and right"""
        with self.connection.news:
            handles = [window.handle for window in self._windows if window.number == number]
        for handle in handles:
            if action == "activate":
                handle.ask("activate", self.seat)
            elif action == "fullscreen":
                handle.ask("set_fullscreen", None)  # on whichever monitor it is
            else:
                handle.ask(_ASKS[action])
        self.connection.roundtrip()

    def scroll(self, steps: int) -> None:
        """Turns of the mouse wheel where the pointer is; positive is up. Raises DeviceError."""
        if self._pointers is None:
            raise DeviceError("this compositor lets no program scroll", "not_here", "say page up or page down")
        if self._pointer is None:
            self._pointer = self.connection.make("zwlr_virtual_pointer_v1")
            self._pointers.ask("create_virtual_pointer", self.seat, self._pointer)
        way = -1 if steps > 0 else 1
        for _ in range(abs(steps)):
            self._pointer.ask("axis_source", _WHEEL)
            self._pointer.ask("axis_discrete", now_ms(), _VERTICAL, way * _STEP, way)
            self._pointer.ask("frame")
        self.connection.roundtrip()

    # In the connection's thread

    def _manager_event(self, event: str, *arguments: Any) -> None:
        if event == "finished":
            self._manager = None
            return
        self._last_number += 1
        window = _Window(self._last_number, arguments[0])
        window.handle.heard = lambda name, *values: self._window_event(window, name, *values)
        self._windows.append(window)

    def _window_event(self, window: _Window, event: str, *arguments: Any) -> None:
        if event == "title":
            window.title = arguments[0]
        elif event == "app_id":
            window.app = arguments[0]
        elif event == "closed":
            with contextlib.suppress(ValueError):
                self._windows.remove(window)
            window.handle.destroy()
        elif event == "state":
            self._set_active(window, _ACTIVATED in [state for (state,) in struct.iter_unpack("=I", arguments[0])])

    def _set_active(self, window: _Window, active: bool) -> None:
        if active and not window.active:
            self._windows.remove(window)
            self._windows.append(window)
            self._activated(window.number)
        window.active = active
