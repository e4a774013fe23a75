"""The clipboard of an X server, owned by us while a text is pasted.

An owner sees who reads: a read by the window's own client after the paste key is the receipt that the text
arrived. Restoring the person's clipboard waits for it; a fixed delay pastes the old clipboard sooner or later.
"""

from __future__ import annotations

import os
import select
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any, Literal

from ...errors import DeviceError
from .. import clipboard_holder
from ..clipboard_content import LARGEST, Content, one_picture, taken
from .server import connect

_TEXT_TARGETS = ("UTF8_STRING", "text/plain;charset=utf-8", "text/plain", "TEXT", "STRING")
_NOT_CONTENT = {"TARGETS", "MULTIPLE", "TIMESTAMP", "SAVE_TARGETS", "DELETE", "COMPOUND_TEXT", *_TEXT_TARGETS}
_ANSWER_S = 0.5  # how long another program may take to hand over its selection
_ANSWER_ALL_S = 1.5  # the same for everything it offers
_CHUNK = 200_000  # bytes; a single X request holds 256 KiB
_WAIT_S = 5.0  # a job in the clipboard's thread that takes longer is stuck
_PROPERTY_CHANGES = 1 << 22  # PropertyChangeMask

Receipt = Literal["window", "other", ""]  # who read: the window's own program, one that may belong to it, nobody


def text_content(text: str) -> Content:
    return {"UTF8_STRING": text.encode()}


class XClipboard:
    """Own connection, own thread: requests are answered for as long as we own a selection.

    Selections are named "CLIPBOARD" (Ctrl+V) and "PRIMARY" (middle button, Shift+Insert).
    """

    def __init__(self) -> None:
        self._display = connect()
        self._display.set_error_handler(lambda *_: None)  # a reader may vanish while it is answered
        self._window = self._display.screen().root.create_window(0, 0, 1, 1, 0, 0, event_mask=_PROPERTY_CHANGES)
        self._offers: dict[str, Content] = {}  # what we own
        self._kept: dict[str, Content | None] = {}  # what the person had there before; None: nothing
        self._restore_at: float | None = None
        self._reader: int | None = None
        self._receipt = threading.Event()
        self._other_read = False
        self._managers: set[int] = set()  # clients that read what is lent before it is to be pasted
        self._jobs: SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = SimpleQueue()
        self._wake_read, self._wake_write = os.pipe()
        self._gone = False
        self._thread = threading.Thread(target=self._serve, name="clipboard", daemon=True)
        self._thread.start()

    # From any thread

    def lend(self, text: str, selections: Sequence[str]) -> None:
        """Put a text there for a while; what the person had is kept."""
        self._do(lambda: self._lend(text_content(text), selections))

    def watch(self, window: int) -> None:
        """From now on, a read by the client of this window is the receipt."""

        def begin() -> None:
            self._reader, self._other_read = self._client(window), False
            self._receipt.clear()

        self._do(begin)

    def received(self, timeout: float) -> Receipt:
        """As soon as the window has read. Where only others did, who had not read before, it comes at the end."""
        if self._receipt.wait(timeout):
            return "window"
        return "other" if self._other_read else ""

    def give_back(self, after_s: float) -> None:
        """Restore the person's content, `after_s` seconds after the window's last read."""
        self._do(lambda: self._schedule(after_s))

    def leave(self) -> None:
        """Let the lent text stay on the clipboard."""
        self._do(self._kept.clear)

    def keep(self, text: str) -> None:
        """Put a text on the clipboard for good: it could not be typed."""

        def own() -> None:
            self._kept.pop("CLIPBOARD", None)
            self._own("CLIPBOARD", text_content(text))

        self._do(own)

    def put(self, contents: Mapping[str, Content]) -> None:
        """Own these selections from now on."""

        def own() -> None:
            for name, content in contents.items():
                self._own(name, content)

        self._do(own)

    def read(self, selection: str) -> str:
        """Its text; "" where it holds none."""
        return str(self._do(lambda: self._text(selection)))

    def owner(self, selection: str) -> int:
        """The client that owns it; 0 where nobody does."""
        return int(self._do(lambda: self._client(self._owner(selection))))

    def client(self, window: int) -> int:
        """The client that made this window."""
        return self._client(window)

    def wait_until_lost(self) -> None:
        """Returns once other programs own everything that we did, or the X server is gone."""
        while self._offers and self._thread.is_alive():
            self._thread.join(0.2)

    def close(self) -> None:
        """Restore now, and leave what we own with a small process: a clipboard dies with its owner."""
        if self._thread.is_alive():
            self._do(self._restore)
            if self._offers:
                clipboard_holder.start(f"{__name__}:XClipboard", self._offers)
                deadline = time.monotonic() + _WAIT_S
                while self._offers and time.monotonic() < deadline:
                    time.sleep(0.02)
            self._gone = True
            os.write(self._wake_write, b".")
        self._thread.join(1.0)
        if not self._thread.is_alive():
            os.close(self._wake_read)
            os.close(self._wake_write)

    def _do(self, job: Callable[[], Any]) -> Any:
        future: Future[Any] = Future()
        self._jobs.put((job, future))
        os.write(self._wake_write, b".")
        try:
            return future.result(_WAIT_S)
        except TimeoutError as error:
            raise DeviceError("the clipboard does not answer", "clipboard_stuck", "try again") from error

    # In the clipboard's thread

    def _serve(self) -> None:
        from Xlib import error

        try:
            while not self._gone:
                self._pump(self._until_restore())
                self._run_jobs()
                if self._restore_at is not None and time.monotonic() >= self._restore_at:
                    self._restore()
        except (error.XError, error.ConnectionClosedError, OSError):
            self._offers.clear()  # the X server is gone, and the clipboard with it
        finally:
            self._display.close()

    def _until_restore(self) -> float | None:
        return None if self._restore_at is None else max(0.0, self._restore_at - time.monotonic())

    def _pump(self, timeout: float | None) -> None:
        """Handle what the server sent; wait for it, or for a job, at most `timeout` seconds."""
        if not self._display.pending_events():
            ready, _, _ = select.select([self._display.fileno(), self._wake_read], [], [], timeout)
            if self._wake_read in ready:
                os.read(self._wake_read, 4096)
        while self._display.pending_events():
            self._handle(self._display.next_event())
        self._display.flush()

    def _run_jobs(self) -> None:
        while True:
            try:
                job, future = self._jobs.get_nowait()
            except Empty:
                return
            try:
                future.set_result(job())
            except Exception as error:  # goes back to the thread that asked
                future.set_exception(error)

    def _wait_for(self, wanted: Callable[[Any], bool], timeout: float) -> Any | None:
        """The next event of that kind. Others are handled meanwhile, so that two owners cannot wait for each other."""
        deadline = time.monotonic() + timeout
        while True:
            self._display.flush()  # reads as well, so what it read is looked at before the socket is waited for
            while self._display.pending_events():
                event = self._display.next_event()
                if wanted(event):
                    return event
                self._handle(event)
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._display.fileno()], [], [], left)[0]:
                return None

    def _handle(self, event: Any) -> None:
        from Xlib import X

        if event.type == X.SelectionRequest:
            self._answer(event)
        elif event.type == X.SelectionClear:
            name = self._display.get_atom_name(event.atom)
            if self._owner(name) != self._window.id:  # else we took it again before we heard of this
                self._offers.pop(name, None)  # the person copied something: that is theirs to keep
                self._kept.pop(name, None)

    def _client(self, window: int) -> int:
        return int(window & ~self._display.display.info.resource_id_mask)

    def _owner(self, selection: str) -> int:
        owner = self._display.get_selection_owner(self._atom(selection))
        return int(owner.id if owner else 0)

    def _atom(self, name: str) -> int:
        return int(self._display.intern_atom(name))

    # Owning

    def _lend(self, content: Content, selections: Sequence[str]) -> None:
        self._restore_at = self._reader = None
        self._managers.clear()
        for name in selections:
            if name not in self._kept:
                self._kept[name] = self._offers.get(name) or self._fetch_all(name)
            self._own(name, content)

    def _own(self, selection: str, content: Content) -> None:
        self._window.set_selection_owner(self._atom(selection), self._server_time())
        if self._owner(selection) != self._window.id:
            raise taken()
        self._offers[selection] = content  # only now: while the time was asked for, it may have been taken from us

    def _server_time(self) -> int:
        """The owner must give a real time: with CurrentTime a late reader could be answered by nobody."""
        from Xlib import X, Xatom

        clock = self._atom("AIHEAR_TIME")
        self._window.change_property(clock, Xatom.STRING, 8, b"")
        event = self._wait_for(lambda e: e.type == X.PropertyNotify and e.atom == clock, _ANSWER_S)
        return int(event.time if event else X.CurrentTime)

    def _schedule(self, after_s: float) -> None:
        self._restore_after_s = after_s
        self._restore_at = time.monotonic() + after_s

    def _disown(self, selection: str) -> None:
        from Xlib import X
        from Xlib.protocol import request

        # python-xlib has this for windows only, and nobody is no window.
        request.SetSelectionOwner(
            display=self._display.display, window=X.NONE, selection=self._atom(selection), time=X.CurrentTime
        )

    def _restore(self) -> None:
        for name, content in self._kept.items():
            if content is not None:
                self._offers[name] = content  # still the same owner; only what we answer changes
            elif self._offers.pop(name, None) is not None:
                self._disown(name)
        self._kept.clear()
        self._restore_at = None
        self._display.flush()

    def _answer(self, request: Any) -> None:
        from Xlib import X, Xatom
        from Xlib.protocol import event

        content = self._offers.get(self._display.get_atom_name(request.selection))
        target = self._display.get_atom_name(request.target)
        place = request.property or request.target  # old clients name none
        if content is None:
            place = X.NONE
        elif target == "TARGETS":
            atoms = [self._atom(name) for name in ("TARGETS", *_offered(content))]
            request.requestor.change_property(place, Xatom.ATOM, 32, atoms)
        elif (data := _bytes_for(content, target)) is not None:
            self._send(request.requestor, place, request.target, data)
            self._note_read(request.requestor.id)
        else:
            place = X.NONE
        request.requestor.send_event(
            event.SelectionNotify(
                time=request.time, requestor=request.requestor, selection=request.selection,
                target=request.target, property=place,
            )
        )  # fmt: skip
        self._display.flush()

    def _send(self, window: Any, place: int, target: int, data: bytes) -> None:
        from Xlib import X

        # Appended in parts: no size limit, and none of the rounds of the INCR protocol.
        kind = self._atom("UTF8_STRING") if self._display.get_atom_name(target) == "TEXT" else target
        window.change_property(place, kind, 8, data[:_CHUNK])
        for start in range(_CHUNK, len(data), _CHUNK):
            window.change_property(place, kind, 8, data[start : start + _CHUNK], X.PropModeAppend)

    def _note_read(self, requestor: int) -> None:
        if self._reader is None:
            self._managers.add(self._client(requestor))
        elif self._client(requestor) == self._reader:
            self._receipt.set()
            if self._restore_at is not None:  # some programs read twice
                self._schedule(self._restore_after_s)
        elif self._client(requestor) not in self._managers:
            self._other_read = True

    # Reading what others own

    def _fetch_all(self, selection: str) -> Content | None:
        """Every format, for a person's copied picture is worth as much as text. None where there is nothing."""
        if not self._owner(selection):
            return None
        deadline = time.monotonic() + _ANSWER_ALL_S
        names = self._targets(selection)
        content: dict[str, bytes] = {}
        if not names or any(name in _TEXT_TARGETS for name in names):
            content["UTF8_STRING"] = self._text(selection).encode()
        for name in _worth_keeping(names):
            if time.monotonic() < deadline and (data := self._fetch(selection, name)):
                content[name] = data
        return content if any(content.values()) else None

    def _targets(self, selection: str) -> list[str]:
        """The formats that its owner offers."""
        from Xlib import error

        atoms = memoryview(self._fetch(selection, "TARGETS") or b"").cast("I")
        names = []
        for atom in atoms:
            try:
                names.append(self._display.get_atom_name(atom))
            except error.BadAtom:
                continue
        return names

    def _text(self, selection: str) -> str:
        if selection in self._offers:
            return self._offers[selection].get("UTF8_STRING", b"").decode("utf-8", "replace")
        data = self._fetch(selection, "UTF8_STRING")
        if data is None:
            return (self._fetch(selection, "STRING") or b"").decode("latin-1")
        return data.decode("utf-8", "replace")

    def _fetch(self, selection: str, target: str) -> bytes | None:
        """None where its owner does not have it, b"" where it does not give it in time."""
        from Xlib import X

        place, wanted = self._atom("AIHEAR_CLIP"), self._atom(target)
        self._window.delete_property(place)
        asked = self._server_time()
        self._window.convert_selection(self._atom(selection), wanted, place, asked)
        # By its time, for the answer to an earlier question may come only now.
        answer = self._wait_for(
            lambda e: e.type == X.SelectionNotify and e.target == wanted and e.time == asked, _ANSWER_S
        )
        if answer is None:
            return b""
        if answer.property == X.NONE:
            return None
        kind, data = self._take(place)
        return self._take_parts(place) if kind == self._atom("INCR") else data

    def _take(self, place: int) -> tuple[int, bytes]:
        """The property's type and bytes; it is deleted, which asks for the next part where there are parts."""
        found = self._window.get_property(place, 0, 0, LARGEST // 4)
        self._window.delete_property(place)
        if found is None:
            return 0, b""
        value = found.value
        return found.property_type, value.encode("latin-1") if isinstance(value, str) else bytes(memoryview(value))

    def _take_parts(self, place: int) -> bytes:
        """The INCR protocol of ICCCM 2.7.2: a new value for each one deleted, an empty one at the end.

        b"" where the end does not come: half a text must not pass for the whole.
        """
        from Xlib import X

        parts: list[bytes] = []
        while sum(map(len, parts)) < LARGEST:
            event = self._wait_for(
                lambda e: e.type == X.PropertyNotify and e.atom == place and e.state == X.PropertyNewValue, _ANSWER_S
            )
            if event is None:
                break
            _, data = self._take(place)
            if not data:
                return b"".join(parts)
            parts.append(data)
        return b""


def _offered(content: Content) -> list[str]:
    others = [name for name in content if name not in _TEXT_TARGETS]
    return [*(_TEXT_TARGETS if "UTF8_STRING" in content else ()), *others]


def _bytes_for(content: Content, target: str) -> bytes | None:
    if target in content:
        return content[target]
    text = content.get("UTF8_STRING")
    if text is None or target not in _TEXT_TARGETS:
        return None
    return text.decode("utf-8", "replace").encode("latin-1", "replace") if target == "STRING" else text


def _worth_keeping(names: Sequence[str]) -> list[str]:
    return [name for name in one_picture(names) if name not in _NOT_CONTENT]
