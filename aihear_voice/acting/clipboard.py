"""A text onto the person's clipboard, to stay there after this program has ended."""

from __future__ import annotations

import subprocess
import sys

from ..errors import DeviceError
from .wayland.wire import wayland_session

_PATIENCE_S = 5.0


def put(text: str) -> None:
    """Raises DeviceError."""
    if sys.platform.startswith("linux") and wayland_session():
        _put_wayland(text)
        return
    command = _command()
    if command is None:
        _put_x11(text)
        return
    try:
        done = subprocess.run(
            command, input=text.encode(), timeout=_PATIENCE_S, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _refused(command[0]) from error
    if done.returncode:
        raise _refused(command[0])


def _command() -> list[str] | None:
    """The system's own tool; None where we are the clipboard's owner ourselves, as on X11."""
    if sys.platform == "darwin":
        return ["pbcopy"]
    if sys.platform == "win32":
        return ["clip"]
    return None


def _put_wayland(text: str) -> None:
    from .wayland.typist import open_clipboard
    from .wayland.wire import Connection

    connection = Connection()
    clipboard = open_clipboard(connection)
    clipboard.keep(text)
    clipboard.close()  # leaves a small process that owns it
    connection.close()


def _put_x11(text: str) -> None:
    from .x11.clipboard import XClipboard, text_content

    clipboard = XClipboard()
    clipboard.put({"CLIPBOARD": text_content(text)})
    clipboard.close()  # leaves a small process that owns it


def _refused(tool: str) -> DeviceError:
    return DeviceError(f"{tool} did not take the text", "no_clipboard", "aihear history show ID prints it")
