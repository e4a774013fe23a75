"""Things that must happen at a time: kept in a file, so that they survive a restart."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import msgspec

from ..errors import PluginError
from . import store


class Repeat(msgspec.Struct, frozen=True):
    """When something happens again.

    days, time: on these days of the week (0 is Monday) at "HH:MM" by the wall clock, through changes of summer time
    seconds: else, each time that so many have passed
    """

    days: tuple[int, ...] = ()
    time: str = ""
    seconds: float = 0.0

    def after(self, at: float, zone: tzinfo | None = None) -> float:
        """The first time after `at`, both in seconds since 1970. zone: None is the computer's."""
        if not self.days:
            return at + max(1.0, self.seconds)
        hour, minute = (int(part) for part in self.time.split(":"))
        today = datetime.fromtimestamp(at, zone).replace(tzinfo=None)
        for ahead in range(9):  # a week, and a day whose time was skipped
            day = today + timedelta(days=ahead)
            # A time that the clocks leave out is told as long after the change as it would have been.
            when = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).timestamp()
            if day.weekday() in self.days and when > at:
                return when
        raise PluginError(f"no such days: {self.days}", "bad_repeat", "0 is Monday, 6 is Sunday")

    def past(self, at: float, now: float, zone: tzinfo | None = None) -> float:
        """The first time after `now` of what was due at `at`: what was missed meanwhile is left out."""
        if self.days:
            return self.after(max(at, now), zone)
        every = max(1.0, self.seconds)
        return at + every * (1 + max(0.0, now - at) // every)


class Alarm(msgspec.Struct, frozen=True):
    """At `at` (seconds since 1970), `plugin`'s function `intent` is called with `slots` in `language`.

    A slot `due`, where there is one, goes with the time of what repeats.
    """

    id: int
    at: float
    plugin: str
    intent: str
    slots: dict[str, Any] = {}
    language: str = "en"
    repeat: Repeat | None = None


class Alarms:
    """All that are set, soonest first. Safe to use from any thread.

    Another process (`aihear ask`) may set alarms too: the file is read again whenever it has changed.
    path: None keeps them in memory only; report: is told, in one line, of a file that fails
    zone: in which what repeats is at the same time; None is the computer's
    """

    def __init__(
        self, path: Path | None, report: Callable[[str], None] = store.silent, zone: tzinfo | None = None
    ) -> None:
        self._path = path
        self._zone = zone
        self._report = report
        self._lock = threading.Lock()
        self._alarms: dict[int, Alarm] = {}
        self._seen: tuple[int, int] | None = None  # the file's identity when it was last read or written
        self._fresh()

    def in_memory(self) -> Alarms:
        """The same alarms, where changes leave no trace: for dry runs."""
        copy = Alarms(None, zone=self._zone)
        copy._alarms = {alarm.id: alarm for alarm in self.all()}
        return copy

    def add(
        self,
        at: float,
        plugin: str,
        intent: str,
        slots: Mapping[str, Any],
        language: str,
        repeat: Repeat | None = None,
    ) -> Alarm:
        """Raises PluginError where it cannot be written down; then it is not set."""
        with self._lock:
            alarms = self._fresh()
            alarm = Alarm(max(alarms, default=0) + 1, at, plugin, intent, dict(slots), language, repeat)
            self._change({**alarms, alarm.id: alarm})
        return alarm

    def remove(self, alarm: int) -> bool:
        """By its id; False where there is none (any more). Raises PluginError where that cannot be written down."""
        with self._lock:
            alarms = self._fresh()
            if alarm not in alarms:
                return False
            self._change({number: kept for number, kept in alarms.items() if number != alarm})
        return True

    def all(self, plugin: str = "") -> list[Alarm]:
        """Of one plugin, or of all."""
        with self._lock:
            found = [alarm for alarm in self._fresh().values() if plugin in ("", alarm.plugin)]
        return sorted(found, key=lambda alarm: (alarm.at, alarm.id))

    def due(self, now: float) -> list[Alarm]:
        """Those whose time has come (also while the program was off); they are taken out, or wait for their next time,
        in the same write. Never raises.
        """
        with self._lock:
            alarms = self._fresh()
            taken = [alarm for alarm in alarms.values() if alarm.at <= now]
            if taken:
                later = [self._again(alarm, now) if alarm.at <= now else alarm for alarm in alarms.values()]
                self._alarms = {alarm.id: alarm for alarm in later if alarm is not None}
                try:
                    self._change(self._alarms)
                except PluginError as error:  # it must ring all the same, and once
                    self._report(error.message)
        return sorted(taken, key=lambda alarm: (alarm.at, alarm.id))

    def _again(self, alarm: Alarm, now: float) -> Alarm | None:
        if alarm.repeat is None:
            return None
        at = alarm.repeat.past(alarm.at, now, self._zone)
        slots = {**alarm.slots, "due": at} if "due" in alarm.slots else alarm.slots
        return msgspec.structs.replace(alarm, at=at, slots=slots)

    def _fresh(self) -> dict[int, Alarm]:
        identity = self._identity()
        if identity != self._seen:
            self._seen, self._alarms = identity, self._read()
        return self._alarms

    def _identity(self) -> tuple[int, int] | None:
        try:
            status = self._path.stat() if self._path is not None else None
        except OSError:
            return None
        return (status.st_ino, status.st_mtime_ns) if status else None

    def _read(self) -> dict[int, Alarm]:
        if self._path is None:
            return {}
        data = store.read(self._path, self._report)
        try:
            return {alarm.id: alarm for alarm in msgspec.convert(data or [], list[Alarm])}
        except msgspec.ValidationError as error:
            store.set_aside(self._path, str(error), self._report)
            return {}

    def _change(self, alarms: dict[int, Alarm]) -> None:
        if self._path is not None:
            store.write(self._path, [msgspec.to_builtins(alarm) for alarm in alarms.values()])
        self._alarms = alarms
        self._seen = self._identity()
