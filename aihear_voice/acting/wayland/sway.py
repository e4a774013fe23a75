"""What only sway does for other programs: its workspaces, and where a window stands.

Protocol: sway-ipc(7), which is i3's: "i3-ipc", the length, the type, and the message.
"""

from __future__ import annotations

import json
import os
import socket
import struct
from typing import Any

from ...errors import DeviceError

_HEADER = struct.Struct("=6sII")
_COMMAND = 0  # the type of a message: run a command
_WAIT_S = 2.0


def is_there() -> bool:
    return bool(os.environ.get("SWAYSOCK"))


def command(text: str) -> bool:
    """Whether sway did it. Raises DeviceError where it does not answer."""
    try:
        with socket.socket(socket.AF_UNIX) as sway:
            sway.settimeout(_WAIT_S)
            sway.connect(os.environ["SWAYSOCK"])
            message = text.encode()
            sway.sendall(_HEADER.pack(b"i3-ipc", len(message), _COMMAND) + message)
            _, length, _ = _HEADER.unpack(_exactly(sway, _HEADER.size))
            answers: list[dict[str, Any]] = json.loads(_exactly(sway, length))
    except (OSError, KeyError, ValueError, struct.error) as error:
        raise DeviceError(f"sway does not answer: {error}", "no_display", "log in again") from error
    return all(answer.get("success") for answer in answers)


def _exactly(sway: socket.socket, length: int) -> bytes:
    found = b""
    while len(found) < length:
        piece = sway.recv(length - len(found))
        if not piece:
            raise OSError("it closed the connection")
        found += piece
    return found
