"""The clipboard of a Wayland session, owned by us while a text is pasted.

Through data control (ext-data-control-v1, wlr-data-control-unstable-v1) a program without a window may own it. The
compositor tells the owner of each read: a read that comes after the paste key is the receipt that the text arrived.
"""

from __future__ import annotations

import contextlib
import os
import select
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...errors import DeviceError
from .. import clipboard_holder
from ..clipboard_content import LARGEST, Content, one_picture, taken
from .clipboard import CLIPBOARD, PRIMARY, Clipboard
from .wire import Connection, Thing

_TEXT_TYPES = ("text/plain;charset=utf-8", "UTF8_STRING", "text/plain", "TEXT", "STRING")
# Clipboard managers leave out of their history what carries this; password managers invented it.
_NOT_FOR_HISTORY = {"x-kde-passwordManagerHint": b"secret"}
_READ_S = 0.5  # how long another program may take to hand over what it owns
_READ_ALL_S = 1.5  # the same for everything it offers
_WAIT_S = 5.0
_RESTORE_MOST_S = 2.0  # reads that go on and on put the restoring off no longer


def text_content(text: str) -> Content:
    return dict.fromkeys(_TEXT_TYPES, text.encode())


@dataclass
class _Offer:
    """What a program has put there. types: in its order"""

    thing: Thing
    types: list[str] = field(default_factory=list)


@dataclass
class _Owned:
    """What we have put there."""

    thing: Thing
    content: Content
    reads: int = 0


class DataControl(Clipboard):
    """Called from one thread; answers readers from others."""

    name = "data control"
    managers_first_s, managers_s, managers_most_s = 0.3, 0.03, 0.5

    def __init__(self, connection: Connection) -> None:
        """Raises DeviceError where the compositor has no such thing."""
        super().__init__()
        self._connection = connection
        self._family = next((f for f in ("ext", "zwlr") if f"{f}_data_control_manager_v1" in connection.globals), "")
        interface = f"{self._family}_data_control_manager_v1"
        manager = connection.bind(interface, 2)
        seat = connection.bind("wl_seat", 1)
        if manager is None or seat is None:
            raise DeviceError("this compositor lets no program own the clipboard", "no_data_control")
        self._manager = manager
        self._has_primary = self._family == "ext" or connection.globals[interface][1] > 1
        self._offers: dict[int, _Offer] = {}  # by number, all that are alive
        self._current: dict[str, _Offer | None] = {CLIPBOARD: None, PRIMARY: None}
        self._changes = {CLIPBOARD: 0, PRIMARY: 0}
        self._owned: dict[str, _Owned] = {}
        self._watching = False
        self._receipts = 0
        self._last_read = 0.0
        self._device = connection.make(f"{self._family}_data_control_device_v1", self._device_event)
        manager.ask("get_data_device", self._device, seat)
        connection.roundtrip()

    def lend(self, text: str, selections: Sequence[str]) -> None:
        self._stop_timer()
        for name in selections:
            if name not in self._kept:
                owned = self._owned.get(name)
                self._kept[name] = owned.content if owned is not None else self._fetch_all(name)
        for name in selections:
            self._own(name, {**text_content(text), **_NOT_FOR_HISTORY})
        self._let_managers_read()

    def _reads(self) -> int:
        return sum(owned.reads for owned in self._owned.values())

    def _wait_for_reads(self, count: int, timeout: float) -> bool:
        return self._connection.wait(lambda: self._reads() >= count, timeout)

    def watch(self) -> None:
        with self._connection.news:
            if CLIPBOARD not in self._owned:
                raise taken()
            self._watching, self._receipts = True, 0

    def received(self, timeout: float) -> bool:
        """Whether somebody has read all of it since."""
        return self._connection.wait(lambda: self._receipts > 0, timeout)

    def give_back(self, after_s: float) -> None:
        """Some programs read twice: it is restored `after_s` seconds after the last read."""
        self._last_read = time.monotonic()
        self._restore_when_quiet(after_s, self._last_read + after_s + _RESTORE_MOST_S)

    def _put(self, text: str) -> None:
        self._own(CLIPBOARD, text_content(text))

    def read(self, selection: str) -> str:
        """Its text now; "" where it holds none."""
        self._connection.roundtrip()
        owned = self._owned.get(selection)
        if owned is not None:
            return owned.content.get(_TEXT_TYPES[0], b"").decode("utf-8", "replace")
        offer = self._current[selection]
        kind = next((kind for kind in _TEXT_TYPES if offer is not None and kind in offer.types), None)
        return "" if offer is None or kind is None else self._fetch(offer, kind).decode("utf-8", "replace")

    def changes(self, selection: str) -> int:
        """How often somebody has put something there."""
        self._connection.roundtrip()
        return self._changes[selection]

    def put(self, contents: Mapping[str, Content]) -> None:
        """Own these from now on."""
        for name, content in contents.items():
            self._own(name, content)

    def wait_until_lost(self) -> None:
        with contextlib.suppress(DeviceError):
            while not self._connection.wait(lambda: not self._owned, _WAIT_S):
                pass

    def close(self) -> None:
        """Restore now, and leave what we own with a small process: a clipboard dies with its owner."""
        self._stop_timer()
        with contextlib.suppress(DeviceError):
            self._restore()
            if self._owned:
                contents = {name: owned.content for name, owned in self._owned.items()}
                clipboard_holder.start(f"{__name__}:on_its_own", contents)
                self._connection.wait(lambda: not self._owned, _WAIT_S)

    # Owning

    def _own(self, selection: str, content: Content | None) -> None:
        """None: nobody owns it."""
        if selection == PRIMARY and not self._has_primary:
            return
        request = "set_selection" if selection == CLIPBOARD else "set_primary_selection"
        with self._connection.news:
            self._drop(selection)
            source = None
            if content is not None:
                source = self._connection.make(f"{self._family}_data_control_source_v1")
                owned = _Owned(source, content)
                source.heard = lambda event, *values: self._source_event(selection, owned, event, *values)
                self._manager.ask("create_data_source", source)
                for kind in content:
                    source.ask("offer", kind)
                self._owned[selection] = owned
            self._device.ask(request, source)
        self._connection.roundtrip()

    def _drop(self, selection: str) -> None:
        owned = self._owned.pop(selection, None)
        if owned is not None:
            owned.thing.destroy()

    def _restore(self) -> None:
        with self._connection.news:
            self._watching = False
            kept, self._kept = self._kept, {}
        for name, content in kept.items():
            self._own(name, content)

    def _restore_when_quiet(self, quiet: float, latest: float) -> None:
        left = min(self._last_read + quiet, latest) - time.monotonic()
        if left > 0:
            self._start_timer(left, lambda: self._restore_when_quiet(quiet, latest))
            return
        with contextlib.suppress(DeviceError):
            self._restore()

    # Reading what others own

    def _fetch_all(self, selection: str) -> Content | None:
        """Every format, for a person's copied picture is worth as much as text. None where there is nothing."""
        offer = self._current[selection]
        if offer is None:
            return None
        deadline = time.monotonic() + _READ_ALL_S
        content: dict[str, bytes] = {}
        for kind in _worth_keeping(offer.types):
            data = self._fetch(offer, kind) if time.monotonic() < deadline else b""
            if data:
                same = [other for other in offer.types if other in _TEXT_TYPES] if kind in _TEXT_TYPES else [kind]
                content.update(dict.fromkeys(same, data))
        return content or None

    def _fetch(self, offer: _Offer, kind: str) -> bytes:
        """What its owner gives in time."""
        read, write = os.pipe2(os.O_CLOEXEC)
        try:
            offer.thing.ask("receive", kind, write)
            os.close(write)
            write = -1
            return _read_all(read, _READ_S)
        finally:
            for descriptor in (read, write):
                if descriptor >= 0:
                    os.close(descriptor)

    # In the connection's thread

    def _device_event(self, event: str, *arguments: Any) -> None:
        if event == "data_offer":
            offer = _Offer(arguments[0])
            offer.thing.heard = lambda name, *values: offer.types.extend(values)
            self._offers[offer.thing.number] = offer
        elif event in ("selection", "primary_selection"):
            name = CLIPBOARD if event == "selection" else PRIMARY
            before, self._current[name] = self._current[name], self._offers.get(arguments[0])
            self._changes[name] += 1
            if before is not None and before not in self._current.values():
                self._offers.pop(before.thing.number, None)
                before.thing.destroy()

    def _source_event(self, selection: str, owned: _Owned, event: str, *arguments: Any) -> None:
        if event == "send":
            kind, descriptor = arguments
            owned.reads += 1
            threading.Thread(target=self._give, args=(owned, kind, descriptor), daemon=True).start()
        elif event == "cancelled" and self._owned.get(selection) is owned:
            del self._owned[selection]  # the person copied something: that is theirs to keep
            self._kept.pop(selection, None)
            owned.thing.destroy()

    def _give(self, owned: _Owned, kind: str, descriptor: int) -> None:
        """In a thread of its own: a reader may be slow."""
        whole = _write_all(descriptor, owned.content.get(kind, b""))
        with self._connection.news:
            self._last_read = time.monotonic()
            if whole and self._watching and kind in _TEXT_TYPES:
                self._receipts += 1
            self._connection.news.notify_all()


def on_its_own() -> DataControl:
    return DataControl(Connection())


def _worth_keeping(types: Sequence[str]) -> list[str]:
    """One text of those that its owner offers, one picture, and whatever else."""
    text = next((kind for kind in _TEXT_TYPES if kind in types), None)
    others = [kind for kind in one_picture(types) if kind not in _TEXT_TYPES and "/" in kind]
    return [text, *others] if text else others


def _read_all(descriptor: int, patience_s: float) -> bytes:
    """To its end, or until nothing comes for so long."""
    parts: list[bytes] = []
    while sum(map(len, parts)) < LARGEST and select.select([descriptor], [], [], patience_s)[0]:
        part = os.read(descriptor, 65_536)
        if not part:
            return b"".join(parts)
        parts.append(part)
    return b""


def _write_all(descriptor: int, data: bytes) -> bool:
    try:
        with os.fdopen(descriptor, "wb") as pipe:
            pipe.write(data)
    except OSError:  # the reader went away
        return False
    return True
