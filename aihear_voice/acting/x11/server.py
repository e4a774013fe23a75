"""A connection to the X server."""

from __future__ import annotations

import os
from typing import Any

from ...errors import DeviceError


def connect() -> Any:
    """A connection to the X server. Raises DeviceError at once where there is none."""
    from Xlib import display, error

    try:
        return display.Display()
    except (error.DisplayError, error.XError, OSError) as fault:
        raise no_display() from fault


def no_display() -> DeviceError:
    """The reason in this session."""
    if os.environ.get("WAYLAND_DISPLAY") or os.environ.get("XDG_SESSION_TYPE") == "wayland":
        return DeviceError(
            "typing needs X11, and this Wayland session has no XWayland", "no_display", "log in to an X11 session"
        )
    display = os.environ.get("DISPLAY")
    where = f"the display {display} does not answer" if display else "there is no display"
    return DeviceError(f"cannot type: {where}", "no_display", "start this in a graphical session, or set DISPLAY")
