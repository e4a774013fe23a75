"""The desktop portal: what Wayland desktops let a program do after asking the person, over D-Bus.

Source: the documentation of xdg-desktop-portal, org.freedesktop.portal.Request and .Session.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .errors import DeviceError

if TYPE_CHECKING:
    from jeepney import Message

Options = Mapping[str, tuple[str, Any]]  # a D-Bus dictionary of variants: name -> (signature, value)

_NAME, _PATH = "org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop"
_ANSWER_S = 5.0  # of the portal itself, without the person; it may have to be started first
_DONE = 0  # response codes of a request; 1: the person said no; 2: it ended in another way


class Portal:
    """One interface of the portal, on a connection of its own. Used by one thread at a time.

    Signals of that interface arrive at `next_signal`.
    """

    def __init__(self, interface: str) -> None:
        """interface: e.g. "GlobalShortcuts". Raises DeviceError "no_portal" where this session has none."""
        from jeepney import DBusAddress

        self._interface = f"org.freedesktop.portal.{interface}"
        self._address = DBusAddress(_PATH, bus_name=_NAME, interface=self._interface)
        self._connection = _session_bus()
        self._signals: list[Message] = []
        try:
            self.version = int(self._property("version"))
            self._listen()
        except DeviceError as error:
            self.close()
            raise DeviceError(f"this desktop's portal has no {interface}", "no_portal", error.hint) from error

    def request(self, method: str, signature: str, body: tuple[Any, ...], patience_s: float) -> dict[str, Any]:
        """Ask for what the person may have to allow. The last argument's handle_token is added to it.

        Returns the results without their signatures. Raises DeviceError "refused", or where no answer came in time.
        """
        token = _token()
        handle = f"{_PATH}/request/{self._connection.unique_name[1:].replace('.', '_')}/{token}"
        options = {**body[-1], "handle_token": ("s", token)}
        self.call(method, signature, (*body[:-1], options))
        deadline = time.monotonic() + patience_s
        while (left := deadline - time.monotonic()) > 0:
            answer = self._receive(left, lambda message: _is(message, "Response", handle))
            if answer is not None:
                code, results = answer.body
                if code != _DONE:
                    raise DeviceError("the desktop's portal did not allow it", "refused", "allow it when asked")
                return {name: value for name, (_, value) in results.items()}
        raise DeviceError("nobody answered the desktop's question", "refused", "allow it when asked")

    def session(self) -> str:
        """A new session's path."""
        options = {"session_handle_token": ("s", _token())}
        return str(self.request("CreateSession", "a{sv}", (options,), _ANSWER_S)["session_handle"])

    def call(self, method: str, signature: str, body: tuple[Any, ...]) -> tuple[Any, ...]:
        """Raises DeviceError."""
        from jeepney import new_method_call

        return self._answered(new_method_call(self._address, method, signature, body))

    def next_signal(self, timeout: float) -> tuple[str, tuple[Any, ...]] | None:
        """(name, arguments); None where none came in time. Raises DeviceError where the bus is gone."""
        message = self._signals.pop(0) if self._signals else self._receive(timeout, self._is_signal)
        return None if message is None else (_member(message), message.body)

    def close(self) -> None:
        """Ends its sessions, too."""
        self._connection.close()

    def _property(self, name: str) -> Any:
        from jeepney import Properties

        return self._answered(Properties(self._address).get(name))[0][1]

    def _listen(self) -> None:
        """Responses come from other objects than the portal's own."""
        from jeepney import MatchRule, message_bus

        for interface in (self._interface, "org.freedesktop.portal.Request"):
            self._answered(message_bus.AddMatch(MatchRule(type="signal", interface=interface)))

    def _answered(self, message: Message) -> tuple[Any, ...]:
        from jeepney import MessageType

        try:
            serial = next(self._connection.outgoing_serial)
            self._connection.send(message, serial=serial)
            answer = self._receive(_ANSWER_S, lambda message: _answers(message, serial))
        except OSError as error:
            raise _bus_gone() from error
        if answer is None:
            raise DeviceError(
                "the desktop's portal does not answer", "no_portal", "systemctl --user status xdg-desktop-portal"
            )
        if answer.header.message_type is MessageType.error:
            raise DeviceError(f"the desktop's portal refuses: {' '.join(map(str, answer.body))}", "no_portal", "")
        body: tuple[Any, ...] = answer.body
        return body

    def _receive(self, timeout: float, wanted: Any) -> Message | None:
        """The next message that is wanted; signals that come before it are kept."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                message = self._connection.receive(timeout=max(0.0, deadline - time.monotonic()))
            except TimeoutError:
                return None
            except (OSError, EOFError, ValueError) as error:  # ValueError: closed by another thread
                raise _bus_gone() from error
            if wanted(message):
                return message
            if self._is_signal(message):
                self._signals.append(message)

    def _is_signal(self, message: Message) -> bool:
        from jeepney import HeaderFields, MessageType

        fields = message.header.fields
        return (
            message.header.message_type is MessageType.signal and fields.get(HeaderFields.interface) == self._interface
        )


def _session_bus() -> Any:
    from jeepney.io.blocking import open_dbus_connection

    try:
        return open_dbus_connection(bus="SESSION")
    except Exception as error:  # jeepney raises what the socket, the address or the other side gives rise to
        raise DeviceError("there is no D-Bus session", "no_portal", "start this inside a desktop session") from error


def _bus_gone() -> DeviceError:
    return DeviceError("the D-Bus session is gone", "no_portal", "log in again")


def _token() -> str:
    return f"aihear_{secrets.token_hex(8)}"


def _member(message: Message) -> str:
    from jeepney import HeaderFields

    return str(message.header.fields.get(HeaderFields.member, ""))


def _is(message: Message, member: str, path: str) -> bool:
    from jeepney import HeaderFields

    return _member(message) == member and message.header.fields.get(HeaderFields.path) == path


def _answers(message: Message, serial: int) -> bool:
    from jeepney import HeaderFields

    return bool(message.header.fields.get(HeaderFields.reply_serial) == serial)
