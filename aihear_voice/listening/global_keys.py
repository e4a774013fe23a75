"""Which way there is to hear keys of the whole desktop: X11's and the other systems', or the Wayland portal's."""

from __future__ import annotations

import os
from collections.abc import Mapping

from ..errors import DeviceError
from .keys import KeyListener, Post
from .portal_keys import PortalKeys


def open_keys(roles: Mapping[str, str], post: Post) -> KeyListener | PortalKeys:
    """roles: talk, dictate, mute, each with its key; `post` gets these keys. Raises DeviceError, SettingsError."""
    if not on_wayland():
        return KeyListener(list(roles.values()), post)
    try:
        return PortalKeys(roles, post)
    except DeviceError as error:
        if not os.environ.get("DISPLAY"):
            raise DeviceError(
                "this Wayland desktop has no portal for global keys", "no_global_keys",
                "bind `aihear trigger toggle` to a key in the desktop's settings (README, Wayland)",
            ) from error  # fmt: skip
        return KeyListener(list(roles.values()), post)  # heard while an X11 window is focused, and no longer


def on_wayland() -> bool:
    return bool(os.environ.get("WAYLAND_DISPLAY")) or os.environ.get("XDG_SESSION_TYPE") == "wayland"
