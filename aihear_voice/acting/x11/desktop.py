"""The windows of an X server: which one is focused, what they are called, what they are asked to do."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Sequence
from typing import Any

from ...errors import DeviceError
from ..ledger import Target
from .keyboard import XKeyboard
from .server import connect
from .watch import KeyWatch

_PLACED = 1 | 0b1111 << 8 | 2 << 12  # its frame's corner, position and size, asked for by the person
_PAGER = 2  # EWMH: the request comes from the person, not from a program of its own will
_SETTLES_S = 0.3  # the window manager's word and the server's agree again after a change of windows
_SETTLE_POLL_S = 0.01
# Windows onto other computers hold the keyboard all the time, and hand keys on.
_HOLDING_KEYS = {
    "xfreerdp", "remmina", "org.remmina.remmina", "virt-viewer", "remote-viewer", "virt-manager", "virtualbox machine",
    "virtualboxvm", "vmware", "vmplayer", "vncviewer", "tigervnc viewer", "spicy", "qemu", "xephyr", "rustdesk",
}  # fmt: skip


class XDesktop:
    """One connection, used by one thread."""

    def __init__(self, key_delay_s: float) -> None:
        self.display = connect()
        # A window may vanish at any moment. What waits for a reply raises by itself.
        self.display.set_error_handler(lambda *_: None)
        self._root = self.display.screen().root
        self._inside = (0, 0)  # the focus, and the window that it was found to be in
        self._unseen = self._root.create_window(0, 0, 1, 1, 0, 0)  # never shown
        self.watch = KeyWatch()
        self.keyboard = XKeyboard(self.display, self.watch, key_delay_s)

    # Windows

    def focused(self) -> Target:
        """The window that keys go to. Raises DeviceError where there is none."""
        from Xlib import error

        deadline = time.monotonic() + _SETTLES_S
        while True:
            try:
                window = self._active_window()
                if self.has_keys(window.id):
                    return self._target(window)
                if time.monotonic() > deadline:
                    return self._target(self._unmanaged())
            except (error.XError, DeviceError) as fault:  # it closed while we looked, or another is about to come up
                if time.monotonic() > deadline:
                    raise _no_focus() from fault
            time.sleep(_SETTLE_POLL_S)

    def _target(self, window: Any) -> Target:
        return Target(window.id, _title(self.display, window), _class(window))

    def _unmanaged(self) -> Any:
        """Of which the window manager does not know, as launchers. Its own, classless one stands for no window."""
        window = self._focus_window()
        if window.get_wm_class() is None:
            raise _no_focus()
        return window

    def is_active(self, window: int) -> bool:
        """Whether the window manager says so."""
        return active_window(self.display) == window

    def _active_window(self) -> Any:
        active = active_window(self.display)
        if active is None:  # there is no window manager
            return self._focus_window()
        if not active:
            raise _no_focus()
        return self.display.create_resource_object("window", active)

    def _focus_window(self) -> Any:
        """By the server's own word."""
        focus = self.display.get_input_focus().focus
        if focus == 0:
            raise _no_focus()
        if focus == 1:  # PointerRoot, as in a session without a window manager
            return self._root.query_pointer().child or self._root
        return _with_class(focus)

    def has_keys(self, window: int) -> bool:
        """Whether a key that is pressed now goes to this window: it has the server's own focus, or a part of it has."""
        from Xlib import X, error

        try:
            focus = self.display.get_input_focus().focus
            if focus == X.PointerRoot:
                return int((self._root.query_pointer().child or self._root).id) == window
            if focus == X.NONE:
                return False
            if self._inside != (focus.id, window) and _climb(focus, lambda w: bool(w.id == window)) is None:
                return False
        except error.XError:
            return False
        self._inside = (focus.id, window)
        return True

    def keyboard_taken(self, target: Target) -> bool:
        """Whether a program holds the keyboard, as open menus and locked screens do: keys then go there.

        The server looks for that first when it is asked for the keyboard, and then refuses it to a hidden window.
        """
        from Xlib import X

        if target.app.lower() in _HOLDING_KEYS:
            return False
        asked = self._unseen.grab_keyboard(False, X.GrabModeAsync, X.GrabModeAsync, X.CurrentTime)
        return bool(asked == X.AlreadyGrabbed)

    def process(self, window: int) -> int:
        """The number of the process that made the window, as it says itself; 0 where it does not."""
        from Xlib import error

        try:
            made = self.display.create_resource_object("window", window)
            number = made.get_full_property(self.display.intern_atom("_NET_WM_PID"), 0)
        except error.XError:
            return 0
        return int(number.value[0]) if number is not None and len(number.value) else 0

    def has_input_method(self) -> bool:
        """Whether one such as ibus or fcitx stands between keys and programs, and may turn letters into others."""
        name = os.environ.get("XMODIFIERS", "").rpartition("@im=")[2]
        if name.lower() not in ("", "none", "local"):
            return True
        servers = self._root.get_full_property(self.display.intern_atom("XIM_SERVERS"), 0)
        return any(self.display.get_selection_owner(int(atom)) for atom in (servers.value if servers else ()))

    def windows(self) -> list[Target]:
        """Those that a person sees in the task bar, the one on top last."""
        from Xlib import error

        names = ("_NET_CLIENT_LIST_STACKING", "_NET_CLIENT_LIST")
        lists = (self._root.get_full_property(self.display.intern_atom(name), 0) for name in names)
        listed = next((value.value for value in lists if value is not None), ())
        found = []
        for number in listed:
            window = self.display.create_resource_object("window", number)
            with contextlib.suppress(error.XError):
                found.append(Target(int(number), _title(self.display, window), _class(window)))
        return found

    def ask_manager(self, window: int, action: str) -> None:
        """Ask the window manager (EWMH); a program may answer "close" with a question of its own.

        action: one of ports.WindowAction
        """
        from Xlib import X, Xutil

        if action in ("left", "right"):
            self._fill_half(window, action)
            return
        states = [self.display.intern_atom(f"_NET_WM_STATE_MAXIMIZED_{way}") for way in ("VERT", "HORZ")]
        full = self.display.intern_atom("_NET_WM_STATE_FULLSCREEN")
        kind, data = {
            "close": ("_NET_CLOSE_WINDOW", [X.CurrentTime, _PAGER]),
            "activate": ("_NET_ACTIVE_WINDOW", [_PAGER, X.CurrentTime]),
            "minimize": ("WM_CHANGE_STATE", [Xutil.IconicState]),
            "maximize": ("_NET_WM_STATE", [1, *states, _PAGER]),
            "restore": ("_NET_WM_STATE", [0, *states, _PAGER]),
            "fullscreen": ("_NET_WM_STATE", [1, full, 0, _PAGER]),
            "windowed": ("_NET_WM_STATE", [0, full, 0, _PAGER]),
        }[action]
        self._tell(window, kind, data)

    def _fill_half(self, window: int, side: str) -> None:
        """Of what the window's monitor has left beside panels."""
        for action in ("windowed", "restore"):
            self.ask_manager(window, action)
        made = self.display.create_resource_object("window", window)
        x, y, width, height = self._free_area(made)
        around = made.get_full_property(self.display.intern_atom("_NET_FRAME_EXTENTS"), 0)
        left, right, top, bottom = around.value if around is not None else (0, 0, 0, 0)
        half = width // 2
        at = x if side == "left" else x + width - half
        self._tell(window, "_NET_MOVERESIZE_WINDOW", [_PLACED, at, y, half - left - right, height - top - bottom])

    def _free_area(self, window: Any) -> tuple[int, int, int, int]:
        """x, y, width, height of the part of the window's monitor that panels leave free."""
        corner, size = window.translate_coords(self._root, 0, 0), window.get_geometry()  # the root's, seen from it
        x, y = size.width // 2 - corner.x, size.height // 2 - corner.y
        found = self._root.xrandr_get_monitors().monitors
        monitors = [(m.x, m.y, m.width_in_pixels, m.height_in_pixels) for m in found]
        holding = (m for m in monitors if m[0] <= x < m[0] + m[2] and m[1] <= y < m[1] + m[3])
        mine = next(holding, monitors[0])
        here, _ = self.workspaces()
        work = self._root.get_full_property(self.display.intern_atom("_NET_WORKAREA"), 0)
        free = tuple(work.value[4 * here : 4 * here + 4]) if work is not None else mine
        x, y = max(mine[0], free[0]), max(mine[1], free[1])
        return x, y, min(mine[0] + mine[2], free[0] + free[2]) - x, min(mine[1] + mine[3], free[1] + free[3]) - y

    def workspaces(self) -> tuple[int, int]:
        """The present one, counted from 0, and how many there are. Raises DeviceError where that is not known."""
        names = ("_NET_CURRENT_DESKTOP", "_NET_NUMBER_OF_DESKTOPS")
        values = [self._root.get_full_property(self.display.intern_atom(name), 0) for name in names]
        if any(value is None or not len(value.value) for value in values):
            raise DeviceError("this window manager has no workspaces", "not_here", "use its own keys")
        return int(values[0].value[0]), int(values[1].value[0])

    def go_to(self, workspace: int) -> None:
        from Xlib import X

        self._tell(self._root.id, "_NET_CURRENT_DESKTOP", [workspace, X.CurrentTime])

    def carry(self, window: int, workspace: int) -> None:
        self._tell(window, "_NET_WM_DESKTOP", [workspace, _PAGER])

    def _tell(self, window: int, kind: str, data: Sequence[int]) -> None:
        from Xlib import X
        from Xlib.protocol import event

        message = event.ClientMessage(
            window=self.display.create_resource_object("window", window),
            client_type=self.display.intern_atom(kind),
            data=(32, [*data, *[0] * (5 - len(data))]),
        )
        self._root.send_event(message, event_mask=X.SubstructureRedirectMask | X.SubstructureNotifyMask)
        self.display.sync()

    def scroll(self, steps: int) -> None:
        """Turns of the mouse wheel where the pointer is; positive is up."""
        from Xlib import X
        from Xlib.ext import xtest

        for _ in range(abs(steps)):
            for event in (X.ButtonPress, X.ButtonRelease):
                xtest.fake_input(self.display, event, 4 if steps > 0 else 5)
        self.display.sync()


def _no_focus() -> DeviceError:
    return DeviceError("no window is focused", "no_focus", "click into the text field first")


def active_window(display: Any) -> int | None:
    """The window manager's word; 0 where no window is active, None without a window manager."""
    active = display.screen().root.get_full_property(display.intern_atom("_NET_ACTIVE_WINDOW"), 0)
    if active is None:
        return None
    return int(active.value[0]) if len(active.value) else 0


def _title(display: Any, window: Any) -> str:
    utf8 = window.get_full_property(display.intern_atom("_NET_WM_NAME"), 0)
    if utf8 is not None:
        return _decoded(utf8.value)
    return _decoded(window.get_wm_name() or "")


def _decoded(value: bytes | str) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _class(window: Any) -> str:
    names = window.get_wm_class()
    return str(names[1]) if names else ""


def _with_class(window: Any) -> Any:
    """The focus may be on a child; the window that has a name is further up."""
    top = _climb(window, lambda w: w.get_wm_class() is not None)
    return window if top is None else top


def _climb(window: Any, wanted: Callable[[Any], bool]) -> Any | None:
    while window != 0 and window is not None:
        if wanted(window):
            return window
        window = window.query_tree().parent
    return None
