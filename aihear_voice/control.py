"""How `aihear trigger` reaches a running assistant: a socket that only this user can open."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Client, Listener
from pathlib import Path

from . import paths
from .errors import AihearError

ACTIONS = ("start", "stop", "toggle", "hold", "dictate", "cancel", "mute", "unmute")
RETRY = "retry"  # and the number of an entry of the history
DONE = "ok"  # what is answered where nothing is wrong
LIVE = "live"  # the answer to RETRY where it is being worked on already; as a request, it only asks for that
_KEY_FILE = "control.key"
_SOCKET = "control.sock"


class ControlServer:
    """Listens on a thread; each word received goes to `act`, which returns the answer."""

    def __init__(self, act: Callable[[str], str]) -> None:
        self._act = act
        self._listener: Listener | None = None

    def start(self) -> None:
        """Raises AihearError where another assistant runs already."""
        address = _address()
        if _alive(address):
            raise AihearError("another aihear is already running", "already_running", "stop it first")
        folder = paths.runtime(_KEY_FILE).parent
        folder.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(OSError):
            os.chmod(folder, 0o700)
        if sys.platform != "win32":
            Path(address).unlink(missing_ok=True)
        self._listener = Listener(address, authkey=_new_key())
        threading.Thread(target=self._serve, name="aihear-control", daemon=True).start()

    def stop(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()
            paths.runtime(_KEY_FILE).unlink(missing_ok=True)

    def _serve(self) -> None:
        while (listener := self._listener) is not None:
            try:
                with listener.accept() as connection:
                    connection.send(self._act(str(connection.recv())))
            except Exception:  # a caller that goes away or does not know the key must not end the service
                continue


def send(action: str) -> str:
    """The running assistant's answer. Raises AihearError where none runs."""
    try:
        with Client(_address(), authkey=paths.runtime(_KEY_FILE).read_bytes()) as connection:
            connection.send(action)
            return str(connection.recv())
    except (OSError, EOFError) as error:
        raise AihearError("no aihear is running", "not_running", "start it with: aihear run") from error


def _address() -> str:
    if sys.platform == "win32":
        return rf"\\.\pipe\aihear-{os.environ.get('USERNAME', 'user')}"
    return str(paths.runtime(_SOCKET))


def _alive(address: str) -> bool:
    if sys.platform == "win32":
        return Path(address).exists()
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(address)
        except OSError:
            return False
    return True


def _new_key() -> bytes:
    key = secrets.token_bytes(32)
    path = paths.runtime(_KEY_FILE)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(key)
    return key
