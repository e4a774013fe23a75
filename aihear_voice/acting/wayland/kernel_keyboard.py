"""Keys pressed in the kernel (uinput), where the compositor has no way of its own: any of them hears these.

Through /dev/uinput where we may write to it, else through ydotoold, a service that may. No text is typed on this
keyboard: whether Caps Lock or another layout is on is not known, so all text is pasted.
"""

from __future__ import annotations

import os
import socket
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...errors import DeviceError
from ..keys import Chord
from .keyboard import LayoutKeyboard
from .wire import Connection

_EV_SYN, _EV_KEY = 0, 1  # linux/input-event-codes.h, as all below
_INPUT_EVENT = struct.Struct("@llHHi")  # seconds, microseconds, type, code, value
_MODIFIER_KEYS = (29, 42, 54, 56, 97, 100, 125, 126)  # Ctrl, Shift, Alt, Super, left and right
_MOST_KEY = 248
_SETTLE_S = 0.5  # the compositor takes up a new keyboard; nothing tells when
_SPACING_S = 0.008  # the kernel drops nothing, but programs that poll merge what comes at once

Emit = Callable[[int, int, int], None]  # type, code, value


class KernelKeyboard(LayoutKeyboard):
    """The person's held modifiers mix with these keys, and nobody tells which they are: they must be let go."""

    def __init__(self, connection: Connection, key_delay_s: float) -> None:
        """Raises DeviceError where neither may be used."""
        self.name, self._emit = _opened()
        super().__init__(connection, max(key_delay_s, _SPACING_S))

    def can_write(self, text: str) -> bool:
        return not text.strip("\n")

    def chord(self, chord: Chord, times: int, left: Callable[[], bool]) -> int:
        """How often it was pressed before the focus `left`. Raises DeviceError where there is no such key."""
        if self._key(chord.key).group:
            raise DeviceError(f'the first layout has no key "{chord.key}"', "no_such_key", "choose another key")
        return super().chord(chord, times, left)

    def release(self) -> None:
        """Nothing is pressed any more."""
        for code in _MODIFIER_KEYS:
            self._press(code, False)

    def _press(self, code: int, down: bool) -> None:
        self._emit(_EV_KEY, code, int(down))
        self._emit(_EV_SYN, 0, 0)

    def _modifiers(self, mask: int, group: int) -> None:
        """The keys alone say so."""

    def _changed(self) -> None:
        """It is the compositor that gives these keys their meaning."""


def _opened() -> tuple[str, Emit]:
    if os.access("/dev/uinput", os.W_OK):
        return "uinput", _through_uinput()
    return "ydotoold", _through_service()


def _through_uinput() -> Emit:
    from evdev import UInput, UInputError

    try:
        device: Any = UInput({_EV_KEY: range(1, _MOST_KEY)}, name="aihear")
    except (UInputError, OSError) as error:
        raise _no_uinput() from error
    time.sleep(_SETTLE_S)
    return lambda kind, code, value: device.write(kind, code, value)


def _through_service() -> Emit:
    """ydotoold takes the kernel's own events as datagrams."""
    service = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
    try:
        service.connect(str(_service_socket()))
    except OSError as error:
        service.close()
        raise _no_uinput() from error

    def emit(kind: int, code: int, value: int) -> None:
        try:
            service.send(_INPUT_EVENT.pack(0, 0, kind, code, value))
        except OSError as error:
            raise DeviceError("ydotoold is gone", "no_uinput", "start it again") from error

    return emit


def _service_socket() -> Path:
    named, runtime = os.environ.get("YDOTOOL_SOCKET"), os.environ.get("XDG_RUNTIME_DIR")
    return Path(named) if named else Path(runtime or "/tmp") / ".ydotool_socket"


def _no_uinput() -> DeviceError:
    return DeviceError("neither /dev/uinput nor ydotoold may be used", "no_uinput", "start ydotoold")
