"""Wayland's wire protocol: the few interfaces that typing needs, spoken over the compositor's own socket.

Source: "Wire Format" of the Wayland protocol documentation; the interfaces are those of wayland.xml,
virtual-keyboard-unstable-v1, wlr-virtual-pointer-unstable-v1, wlr-foreign-toplevel-management-unstable-v1,
wlr-data-control-unstable-v1, ext-data-control-v1, ext-idle-notify-v1 and KDE's idle.xml.
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from ...errors import DeviceError

Heard = Callable[..., None]  # called with an event's name and its arguments

_WORD = struct.Struct("=I")
_SIGNED = struct.Struct("=i")
_HEADER = struct.Struct("=IHH")  # object, opcode, size in bytes with this header
_READ = 65_536  # bytes at once
_MOST_FDS = 28  # that one message of the wire may carry
_FIRST_OF_SERVER = 0xFF000000
_ANSWER_S = 5.0  # a compositor that has not answered by then is stuck
_FIXED = 256  # wl_fixed: 24.8 bits

_DATA_DEVICE = (
    ("set_selection o", "destroy", "set_primary_selection o"),
    ("data_offer n", "selection o", "finished", "primary_selection o"),
)
_DATA_MANAGER = (("create_data_source n", "get_data_device no", "destroy"), ())
_DATA_SOURCE = (("offer s", "destroy"), ("send sh", "cancelled"))
_DATA_OFFER = (("receive sh", "destroy"), ("offer s",))

# Requests and events in the order of their opcodes, each with its arguments: u and i numbers, f a fixed-point
# number, s a string, o an object, n a new object, a an array, h a file descriptor.
_INTERFACES: Mapping[str, tuple[Sequence[str], Sequence[str]]] = MappingProxyType(
    {
        "wl_display": (("sync n", "get_registry n"), ("error ous", "delete_id u")),
        "wl_registry": (("bind usun",), ("global usu", "global_remove u")),
        "wl_callback": ((), ("done u",)),
        "wl_seat": (("get_pointer n", "get_keyboard n"), ("capabilities u", "name s")),
        "wl_keyboard": (
            ("release",),
            ("keymap uhu", "enter uoa", "leave uo", "key uuuu", "modifiers uuuuu", "repeat_info ii"),
        ),
        "zwp_virtual_keyboard_manager_v1": (("create_virtual_keyboard on",), ()),
        "zwp_virtual_keyboard_v1": (("keymap uhu", "key uuu", "modifiers uuuu", "destroy"), ()),
        "zwlr_virtual_pointer_manager_v1": (("create_virtual_pointer on", "destroy"), ()),
        "zwlr_virtual_pointer_v1": (
            (
                "motion uff", "motion_absolute uuuuu", "button uuu", "axis uuf", "frame", "axis_source u",
                "axis_stop uu", "axis_discrete uufi", "destroy",
            ),
            (),
        ),
        "zwlr_foreign_toplevel_manager_v1": (("stop",), ("toplevel n", "finished")),
        "zwlr_foreign_toplevel_handle_v1": (
            (
                "set_maximized", "unset_maximized", "set_minimized", "unset_minimized", "activate o", "close",
                "set_rectangle oiiii", "destroy", "set_fullscreen o", "unset_fullscreen",
            ),
            (
                "title s", "app_id s", "output_enter o", "output_leave o", "state a", "done", "closed", "parent o",
            ),
        ),
        "ext_idle_notifier_v1": (("destroy", "get_idle_notification nuo", "get_input_idle_notification nuo"), ()),
        "ext_idle_notification_v1": (("destroy",), ("idled", "resumed")),
        "org_kde_kwin_idle": (("get_idle_timeout nou",), ()),
        "org_kde_kwin_idle_timeout": (("release", "simulate_user_activity"), ("idle", "resumed")),
        "zwlr_data_control_manager_v1": _DATA_MANAGER,
        "zwlr_data_control_device_v1": _DATA_DEVICE,
        "zwlr_data_control_source_v1": _DATA_SOURCE,
        "zwlr_data_control_offer_v1": _DATA_OFFER,
        "ext_data_control_manager_v1": _DATA_MANAGER,
        "ext_data_control_device_v1": _DATA_DEVICE,
        "ext_data_control_source_v1": _DATA_SOURCE,
        "ext_data_control_offer_v1": _DATA_OFFER,
    }
)  # fmt: skip
# Objects that the compositor makes, by the event that brings them.
_BORN = MappingProxyType(
    {
        ("zwlr_foreign_toplevel_manager_v1", "toplevel"): "zwlr_foreign_toplevel_handle_v1",
        ("zwlr_data_control_device_v1", "data_offer"): "zwlr_data_control_offer_v1",
        ("ext_data_control_device_v1", "data_offer"): "ext_data_control_offer_v1",
    }
)


class Thing:
    """An object of the protocol. heard: what its events go to, in the connection's thread."""

    def __init__(self, connection: Connection, interface: str, number: int, heard: Heard) -> None:
        self.interface = interface
        self.number = number
        self.heard = heard
        self._connection = connection

    def ask(self, request: str, *arguments: Any) -> None:
        """Raises DeviceError where the compositor is gone."""
        self._connection.send(self, request, arguments)

    def destroy(self, request: str = "destroy") -> None:
        """The compositor may have gone before; that is no fault any more."""
        with contextlib.suppress(DeviceError):
            self.ask(request)
        self._connection.forget(self)


def ignored(event: str, *arguments: Any) -> None:
    """For objects whose events do not matter; a file descriptor that came with one is closed."""
    for argument in arguments:
        if isinstance(argument, Descriptor):
            os.close(argument)


class Descriptor(int):
    """A file descriptor that came with an event; who hears it closes it."""


def socket_path() -> str:
    """Of this session's compositor, as libwayland finds it; "" where this is no Wayland session."""
    name, folder = os.environ.get("WAYLAND_DISPLAY", ""), os.environ.get("XDG_RUNTIME_DIR", "")
    if not name and os.environ.get("XDG_SESSION_TYPE") == "wayland":
        name = "wayland-0"
    if not name or os.path.isabs(name):
        return name
    return os.path.join(folder, name) if folder else ""


def wayland_session() -> bool:
    return bool(socket_path())


class Connection:
    """One connection. A thread of its own reads it: a client that does not read is thrown out in the end.

    globals: by interface, the number and version under which the compositor offers it
    news: held while events are handled, notified afterwards
    """

    def __init__(self) -> None:
        """Raises DeviceError "no_display"."""
        self._socket = _connected(socket_path())
        self.globals: dict[str, tuple[int, int]] = {}
        self.news = threading.Condition()
        self._sending = threading.RLock()
        self._fault = ""
        self._things: dict[int, Thing] = {}
        self._interfaces: dict[int, str] = {}  # of destroyed ones too: their last events must still be understood
        self._free: deque[int] = deque()
        self._next = 1
        self._display = self.make("wl_display", self._display_event)
        threading.Thread(target=self._serve, name="wayland", daemon=True).start()
        self._display.ask("get_registry", registry := self.make("wl_registry", self._registry_event))
        self._registry = registry
        try:
            self.roundtrip()
        except DeviceError:
            self.close()
            raise

    @property
    def alive(self) -> bool:
        return not self._fault

    def make(self, interface: str, heard: Heard = ignored) -> Thing:
        """A new object, to be given to the request that creates it."""
        with self._sending:
            number = self._free.popleft() if self._free else self._next
            self._next = max(self._next, number + 1)
            return self._add(interface, number, heard)

    def bind(self, interface: str, most: int, heard: Heard = ignored) -> Thing | None:
        """A global, in the version that both sides know and at most `most`; None where it is not offered."""
        offered = self.globals.get(interface)
        if offered is None:
            return None
        number, version = offered
        thing = self.make(interface, heard)
        self._registry.ask("bind", number, interface, min(version, most), thing)
        return thing

    def roundtrip(self) -> None:
        """Returns once all that was asked before has been done and told. Raises DeviceError."""
        done = threading.Event()
        self._display.ask("sync", self.make("wl_callback", lambda event, data: done.set()))
        if not self.wait(done.is_set, _ANSWER_S):
            raise DeviceError("the Wayland compositor does not answer", "typing_stuck", "try again")

    def wait(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Whether it came true. Raises DeviceError where the compositor goes away meanwhile."""
        with self.news:
            self.news.wait_for(lambda: condition() or not self.alive, timeout)
            if condition():
                return True
        if not self.alive:
            raise self._gone()
        return False

    def close(self) -> None:
        self._fault = self._fault or "closed"
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes the thread, which closes it

    # Out

    def send(self, thing: Thing, request: str, arguments: Sequence[Any]) -> None:
        requests = _INTERFACES[thing.interface][0]
        opcode = next(index for index, line in enumerate(requests) if line.split()[0] == request)
        body, descriptors = _packed(requests[opcode].partition(" ")[2], arguments)
        message = _HEADER.pack(thing.number, opcode, _HEADER.size + len(body)) + body
        with self._sending:
            if not self.alive:
                raise self._gone()
            try:
                sent = socket.send_fds(self._socket, [message], descriptors)
                self._socket.sendall(message[sent:])
            except OSError as error:
                self._fault = self._fault or str(error)
                raise self._gone() from error

    def forget(self, thing: Thing) -> None:
        with self._sending:
            self._things.pop(thing.number, None)
            if thing.number >= _FIRST_OF_SERVER:
                self._interfaces.pop(thing.number, None)

    def _gone(self) -> DeviceError:
        reason = "" if self._fault == "closed" else f": {self._fault}"
        return DeviceError(f"the Wayland compositor is gone{reason}", "no_display", "log in again")

    def _add(self, interface: str, number: int, heard: Heard) -> Thing:
        thing = Thing(self, interface, number, heard)
        self._things[number], self._interfaces[number] = thing, interface
        return thing

    # In

    def _serve(self) -> None:
        pending, descriptors = b"", deque[int]()
        try:
            while True:
                data, received, _, _ = socket.recv_fds(self._socket, _READ, _MOST_FDS)
                if not data:
                    break
                descriptors.extend(received)
                pending = self._handle(pending + data, descriptors)
        except OSError as error:
            self._fault = self._fault or str(error)
        finally:
            with self.news:
                self._fault = self._fault or "it closed the connection"
                self._socket.close()
                self.news.notify_all()

    def _handle(self, data: bytes, descriptors: deque[int]) -> bytes:
        """All whole events in it; the rest is returned."""
        with self.news:
            while len(data) >= _HEADER.size:
                number, opcode, size = _HEADER.unpack_from(data)
                if len(data) < size:
                    break
                self._event(number, opcode, data[_HEADER.size : size], descriptors)
                data = data[size:]
            self.news.notify_all()
        return data

    def _event(self, number: int, opcode: int, body: bytes, descriptors: deque[int]) -> None:
        interface = self._interfaces.get(number)
        if interface is None or opcode >= len(_INTERFACES[interface][1]):
            return
        name, _, signature = _INTERFACES[interface][1][opcode].partition(" ")
        arguments = _unpacked(signature, body, descriptors)
        born = _BORN.get((interface, name))
        if born is not None:
            arguments = [self._add(born, arguments[0], ignored)]
        thing = self._things.get(number)
        (thing.heard if thing is not None else ignored)(name, *arguments)

    def _display_event(self, event: str, *arguments: Any) -> None:
        if event == "error":
            self._fault = str(arguments[2])
        elif event == "delete_id":
            number = arguments[0]
            with self._sending:
                self._things.pop(number, None)
                self._interfaces.pop(number, None)
                self._free.append(number)

    def _registry_event(self, event: str, *arguments: Any) -> None:
        if event == "global":
            number, interface, version = arguments
            self.globals.setdefault(interface, (number, version))


def now_ms() -> int:
    """As input events carry it."""
    return int(time.monotonic() * 1000) & 0xFFFFFFFF


def _connected(path: str) -> socket.socket:
    if not path:
        raise DeviceError("this is no Wayland session", "no_display", "start this in a graphical session")
    connected = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        connected.connect(path)
    except OSError as error:
        connected.close()
        hint = "start this in a graphical session, or set WAYLAND_DISPLAY"
        raise DeviceError(f"the Wayland display {path} does not answer", "no_display", hint) from error
    return connected


def _packed(signature: str, arguments: Sequence[Any]) -> tuple[bytes, list[int]]:
    parts: list[bytes] = []
    descriptors: list[int] = []
    for kind, value in zip(signature, arguments, strict=True):
        if kind == "h":
            descriptors.append(value)
        elif kind == "s":
            parts.append(_counted(value.encode() + b"\0"))
        elif kind in "on":
            parts.append(_WORD.pack(0 if value is None else value.number))
        elif kind == "f":
            parts.append(_SIGNED.pack(round(value * _FIXED)))
        else:
            parts.append((_SIGNED if kind == "i" else _WORD).pack(value))
    return b"".join(parts), descriptors


def _counted(data: bytes) -> bytes:
    return _WORD.pack(len(data)) + data + bytes(-len(data) % 4)


def _unpacked(signature: str, body: bytes, descriptors: deque[int]) -> list[Any]:
    """Objects as their numbers, arrays as bytes."""
    found: list[Any] = []
    at = 0
    for kind in signature:
        if kind == "h":
            found.append(Descriptor(descriptors.popleft()))
            continue
        (word,) = _WORD.unpack_from(body, at)
        if kind == "i":
            (word,) = _SIGNED.unpack_from(body, at)
        at += 4
        if kind in "sa":
            data = body[at : at + word]
            at += word + -word % 4
            found.append(data.rstrip(b"\0").decode("utf-8", "replace") if kind == "s" else data)
        else:
            found.append(word)
    return found
