"""Things that must happen at a time: kept in a file, so that they survive a restart."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from ..errors import PluginError
from . import store


class Alarm(msgspec.Struct, frozen=True):
    """At `at` (seconds since 1970), `plugin`'s function `intent` is called with `slots` in `language`."""

    id: int
    at: float
    plugin: str
    intent: str
    slots: dict[str, Any] = {}
    language: str = "en"


class Alarms:
    """All that are set, soonest first. Safe to use from any thread.

    Another process (`aihear ask`) may set alarms too: the file is read again whenever it has changed.
    path: None keeps them in memory only; report: is told, in one line, of a file that fails
    """

    def __init__(self, path: Path | None, report: Callable[[str], None] = store.silent) -> None:
        self._path = path
        self._report = report
        self._lock = threading.Lock()
        self._alarms: dict[int, Alarm] = {}
        self._seen: tuple[int, int] | None = None  # the file's identity when it was last read or written
        self._fresh()

    def in_memory(self) -> Alarms:
        """The same alarms, where changes leave no trace: for dry runs."""
        copy = Alarms(None)
        copy._alarms = {alarm.id: alarm for alarm in self.all()}
        return copy

    def add(self, at: float, plugin: str, intent: str, slots: Mapping[str, Any], language: str) -> Alarm:
        """Raises PluginError where it cannot be written down; then it is not set."""
        with self._lock:
            alarms = self._fresh()
            alarm = Alarm(max(alarms, default=0) + 1, at, plugin, intent, dict(slots), language)
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
        """Those whose time has come (also while the program was off); they are taken out. Never raises."""
        with self._lock:
            alarms = self._fresh()
            taken = [alarm for alarm in alarms.values() if alarm.at <= now]
            if taken:
                self._alarms = {number: alarm for number, alarm in alarms.items() if alarm.at > now}
                try:
                    self._change(self._alarms)
                except PluginError as error:  # it must ring all the same, and once
                    self._report(error.message)
        return sorted(taken, key=lambda alarm: (alarm.at, alarm.id))

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
