"""Why a text or a key did not go where it was meant to."""

from __future__ import annotations

from ..errors import DeviceError
from .ledger import Target


def elsewhere(now: Target) -> DeviceError:
    """now: the window that is focused instead."""
    if not now.window:
        return DeviceError("no window is focused", "no_focus", "")
    message = f"the window that you spoke to is not in front any more, but “{now.label or 'another one'}” is"
    return DeviceError(message, "target_changed", "")


def taken() -> DeviceError:
    message = "an open menu or a locked screen holds the keyboard"
    return DeviceError(message, "keyboard_taken", "close it")
