"""A D-Bus session with the real desktop portal, for whose desktop half we stand: it says yes, and is told what to do.

Portal   `env` is what a process needs to reach it
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

from jeepney import (
    DBusAddress,
    HeaderFields,
    Message,
    MessageType,
    message_bus,
    new_error,
    new_method_return,
    new_signal,
)
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from .rigs import end, need, wait_until

_BACKEND = "org.freedesktop.impl.portal.desktop.aihear"
_PATH = "/org/freedesktop/portal/desktop"
_IMPL = "org.freedesktop.impl.portal"
_PROGRAM = "/usr/libexec/xdg-desktop-portal"
_DESCRIPTION = f"""[portal]
DBusName={_BACKEND}
Interfaces={_IMPL}.GlobalShortcuts;{_IMPL}.RemoteDesktop;
UseIn=aihear
"""
_PROPERTIES = {
    f"{_IMPL}.GlobalShortcuts": {"version": ("u", 1)},
    f"{_IMPL}.RemoteDesktop": {"version": ("u", 2), "AvailableDeviceTypes": ("u", 3)},
}


class Portal:
    """bound: the shortcuts that were asked for, (name, description, proposed key); refuses: the person says no

    on_key: called with each keysym and whether it goes down; on_wheel: with the steps of each turn
    """

    def __init__(self, on_key: Callable[[int, bool], None] = print, on_wheel: Callable[[int], None] = print) -> None:
        need("dbus-daemon", _PROGRAM)
        self.bound: list[tuple[str, str, str]] = []
        self.refuses = False
        self._on_key, self._on_wheel = on_key, on_wheel
        self._session = ""
        self.folder = Path(tempfile.mkdtemp(prefix="aihear-portal-"))
        (self.folder / "aihear.portal").write_text(_DESCRIPTION)
        self._bus, address = self._start_bus()
        self.env = {"DBUS_SESSION_BUS_ADDRESS": address, "XDG_CURRENT_DESKTOP": "aihear"}
        with mock.patch.dict(os.environ, self.env):
            self._connection: DBusConnection = open_dbus_connection(bus="SESSION")
        self._call(message_bus.RequestName(_BACKEND))
        threading.Thread(target=self._serve, daemon=True).start()
        log = (self.folder / "log").open("wb")
        self._portal = subprocess.Popen(
            [_PROGRAM], env=os.environ | self.env | {"XDG_DESKTOP_PORTAL_DIR": str(self.folder)}, stdout=log, stderr=log
        )
        wait_until(self._ready, "the portal answers", 20)

    def _start_bus(self) -> tuple[subprocess.Popen[bytes], str]:
        read, write = os.pipe()
        bus = subprocess.Popen(
            ["dbus-daemon", "--session", "--nofork", "--nopidfile", f"--print-address={write}"],
            pass_fds=[write], stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(write)
        with os.fdopen(read) as pipe:
            return bus, pipe.readline().strip()

    def _ready(self) -> bool:
        with mock.patch.dict(os.environ, self.env), open_dbus_connection(bus="SESSION") as connection:
            return bool(
                connection.send_and_get_reply(message_bus.NameHasOwner("org.freedesktop.portal.Desktop")).body[0]
            )

    def _call(self, message: Message) -> None:
        self._connection.send_and_get_reply(message, timeout=5)

    def press(self, name: str, down: bool) -> None:
        """A key that the desktop has bound to that shortcut."""
        emitter = DBusAddress(_PATH, interface=f"{_IMPL}.GlobalShortcuts")
        member = "Activated" if down else "Deactivated"
        self._connection.send(new_signal(emitter, member, "osta{sv}", (self._session, name, 1, {})))

    def close(self) -> None:
        end(self._portal)
        end(self._bus)
        shutil.rmtree(self.folder, ignore_errors=True)

    # The desktop's half

    def _serve(self) -> None:
        while True:
            try:
                message = self._connection.receive()
            except (OSError, EOFError, ValueError):
                return
            if message.header.message_type is MessageType.method_call:
                self._connection.send(self._answer(message))

    def _answer(self, message: Message) -> Message:
        fields = message.header.fields
        member = fields[HeaderFields.member]
        if member == "GetAll":
            return new_method_return(message, "a{sv}", (_PROPERTIES.get(message.body[0], {}),))
        handler = getattr(self, f"_do_{member}", None)
        if handler is None:
            return new_error(message, "org.freedesktop.DBus.Error.UnknownMethod")
        results = handler(*message.body)
        if member.startswith("Notify"):
            return new_method_return(message)
        return new_method_return(message, "ua{sv}", (int(self.refuses and "Create" not in member), results or {}))

    def _do_CreateSession(self, handle: str, session: str, app: str, options: Any) -> None:
        self._session = session

    def _do_BindShortcuts(self, handle: str, session: str, shortcuts: Any, parent: str, options: Any) -> Any:
        self.bound = [(n, d["description"][1], d["preferred_trigger"][1]) for n, d in shortcuts]
        told = [(n, {"description": d["description"], "trigger_description": ("s", "F9")}) for n, d in shortcuts]
        return {"shortcuts": ("a(sa{sv})", told)}

    def _do_SelectDevices(self, handle: str, session: str, app: str, options: Any) -> None:
        """All of them."""

    def _do_Start(self, handle: str, session: str, app: str, parent: str, options: Any) -> Any:
        return {"devices": ("u", 3)}

    def _do_NotifyKeyboardKeysym(self, session: str, options: Any, keysym: int, state: int) -> None:
        self._on_key(keysym, bool(state))

    def _do_NotifyPointerAxisDiscrete(self, session: str, options: Any, axis: int, steps: int) -> None:
        self._on_wheel(steps)
