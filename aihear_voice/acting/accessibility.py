"""What stands in the focused text field, as the accessibility bus (AT-SPI 2 over D-Bus) tells it.

Only programs that speak to that bus tell, and only where a session has one. Nothing is started or switched on for
it: a program that is told of an assistive technology may behave otherwise. Interfaces: at-spi2-core, xml/*.xml.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_FIND_S = 0.3  # to find the field; a program that hangs is asked no longer
_CALL_S = 0.2
_QUIET_S = 30.0  # nobody answers: it is not asked again for so long
_POLL_S = 0.02
_SETTLED_S = 0.4  # unchanged for so long, that is all that will come
_LOOKED_AT = 400  # objects in a window, at most
_BEFORE_CHARACTERS = 400

_ACTIVE, _FOCUSED, _SHOWING = 1, 12, 25  # AtspiStateType
_ALL, _CANONICAL = 1, 1  # AtspiCollectionMatchType, AtspiCollectionSortOrder
_BUS = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")
_PROPERTIES = "org.freedesktop.DBus.Properties"
_REGISTRY = ("org.a11y.atspi.Registry", "/org/a11y/atspi/accessible/root")
_A11Y = "org.a11y.atspi."
_RULE = "(aiia{ss}iaiiasib)uib"  # of GetMatches: what to match, order, how many, whether to look further down

Place = tuple[str, str]  # an object: its program's name on the bus, and its path there


@dataclass(frozen=True, slots=True)
class Field:
    """A text field and its cursor. start: in its own count of characters, where new text goes."""

    place: Place
    start: int


class Accessibility:
    """Connects when first asked. For use by one thread."""

    def __init__(self) -> None:
        self._connection: Any = None
        self._not_before = 0.0  # monotonic seconds
        self._deadline = 0.0

    def process(self, title: str) -> int:
        """Of the one program whose active window is called so; 0 where nobody tells, or more than one does."""
        if not title or time.monotonic() < self._not_before:
            return 0
        self._deadline = time.monotonic() + _FIND_S
        found: set[int] = set()
        with self._silent():
            for program in self._children(_REGISTRY):
                if any(self._is_active(window, title) for window in self._children(program)):
                    found.add(self._process(program[0]))
        return found.pop() if len(found) == 1 else 0

    def field(self, process: int) -> Field | None:
        """The focused text field of that process; None where nobody tells."""
        if not process or time.monotonic() < self._not_before:
            return None
        self._deadline = time.monotonic() + _FIND_S
        with self._silent():
            place = self._focused_text(process)
            if place is not None:
                return Field(place, self._insertion_point(place))
        return None

    def before(self, field: Field) -> str | None:
        """What stands before the cursor, as far as anyone looks back."""
        self._deadline = time.monotonic() + _FIND_S
        with self._silent():
            return self._text(field.place, max(0, field.start - _BEFORE_CHARACTERS), field.start)
        return None

    def shows(self, field: Field, text: str) -> bool:
        """Whether that text went in at the field's cursor. Waits for as long as the cursor moves on."""
        reached, changed = field.start, time.monotonic()
        while time.monotonic() - changed < _SETTLED_S:
            self._deadline = time.monotonic() + _FIND_S
            with self._silent():
                cursor = self._caret(field.place)
                if cursor > field.start and self._text(field.place, field.start, cursor) == text:
                    return True
                if cursor != reached:
                    reached, changed = cursor, time.monotonic()
            if self._connection is None:
                return False
            time.sleep(_POLL_S)
        return False

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    # Finding

    def _focused_text(self, process: int) -> Place | None:
        for program in self._children(_REGISTRY):
            if self._process(program[0]) == process:
                for window in self._children(program):
                    if self._states(window) >> _ACTIVE & 1:
                        found = self._focused_in(window)
                        return found if found is not None and self._is_text(found) else None
        return None

    def _is_active(self, window: Place, title: str) -> bool:
        if not self._states(window) >> _ACTIVE & 1:
            return False
        return bool(self._call((*window, _PROPERTIES), "Get", "ss", (f"{_A11Y}Accessible", "Name"))[0][1] == title)

    def _focused_in(self, window: Place) -> Place | None:
        with contextlib.suppress(_Refused):  # GTK 4 and Qt do not know this interface
            rule: tuple[Any, ...] = ([1 << _FOCUSED, 0], _ALL, {}, _ALL, [], _ALL, [], _ALL, False)
            found = self._ask(window, "Collection", "GetMatches", _RULE, (rule, _CANONICAL, 1, True))
            return tuple(found[0]) if found else None
        return self._searched(window)

    def _searched(self, window: Place) -> Place | None:
        """Breadth first: what shows only."""
        waiting, looked_at = [window], 0
        while waiting and looked_at < _LOOKED_AT:
            place, looked_at = waiting.pop(0), looked_at + 1
            states = self._states(place)
            if states >> _FOCUSED & 1:
                return place
            if place == window or states >> _SHOWING & 1:
                waiting += self._children(place)
        return None

    def _is_text(self, place: Place) -> bool:
        return f"{_A11Y}Text" in self._ask(place, "Accessible", "GetInterfaces")

    def _insertion_point(self, place: Place) -> int:
        """Selected text is replaced."""
        if self._ask(place, "Text", "GetNSelections"):
            return int(min(self._ask(place, "Text", "GetSelection", "i", (0,), whole=True)))
        return self._caret(place)

    def _caret(self, place: Place) -> int:
        body = (f"{_A11Y}Text", "CaretOffset")
        return int(self._call((*place, _PROPERTIES), "Get", "ss", body)[0][1])

    def _text(self, place: Place, start: int, end: int) -> str:
        return str(self._ask(place, "Text", "GetText", "ii", (start, end)))

    def _children(self, place: Place) -> list[Place]:
        return [(name, path) for name, path in self._ask(place, "Accessible", "GetChildren")]

    def _states(self, place: Place) -> int:
        low, high = self._ask(place, "Accessible", "GetState")
        return int(low | high << 32)

    def _process(self, name: str) -> int:
        return int(self._call(_BUS, "GetConnectionUnixProcessID", "s", (name,))[0])

    # The bus

    def _ask(
        self, place: Place, interface: str, method: str, kind: str = "", body: tuple[Any, ...] = (), whole: bool = False
    ) -> Any:
        """The answer's only value, or all of them."""
        answer = self._call((*place, _A11Y + interface), method, kind, body)
        return answer if whole else answer[0]

    def _call(self, where: tuple[str, str, str], method: str, kind: str, body: tuple[Any, ...]) -> Any:
        if self._connection is None:
            self._connection = _connect()
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return _send(self._connection, where, method, kind, body, min(left, _CALL_S))

    @contextlib.contextmanager
    def _silent(self) -> Iterator[None]:
        """Who does not answer tells nothing."""
        try:
            yield
        except (_Refused, TypeError, ValueError, IndexError, KeyError):
            pass  # it has closed meanwhile, or answers otherwise than it should
        except (OSError, _NoBus):
            self.close()
            self._not_before = time.monotonic() + _QUIET_S


class _Refused(Exception):
    """An answer that is an error."""


class _NoBus(Exception):
    """This session has no accessibility bus, or nobody has started it."""


def _connect() -> Any:
    from jeepney.io.blocking import open_dbus_connection

    try:
        session = open_dbus_connection("SESSION")
    except (KeyError, ValueError, RuntimeError) as error:
        raise _NoBus from error
    try:
        # Asking for its address would start it.
        if not _send(session, _BUS, "NameHasOwner", "s", ("org.a11y.Bus",), _CALL_S)[0]:
            raise _NoBus
        where = ("org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus")
        return open_dbus_connection(_send(session, where, "GetAddress", "", (), _CALL_S)[0])
    except (_Refused, ValueError, RuntimeError) as error:
        raise _NoBus from error
    finally:
        session.close()


def _send(
    connection: Any, where: tuple[str, str, str], method: str, kind: str, body: tuple[Any, ...], timeout: float
) -> Any:
    """Raises _Refused for an error as answer, OSError where there is none."""
    from jeepney import DBusAddress, MessageType, new_method_call

    name, path, interface = where
    address = DBusAddress(path, bus_name=name, interface=interface)
    answer = connection.send_and_get_reply(new_method_call(address, method, kind, body), timeout=timeout)
    if answer.header.message_type is MessageType.error:
        raise _Refused
    return answer.body
